import java.util.concurrent.LinkedBlockingQueue;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;

public class OkhttpSse {
  static volatile String cursor = "";

  public static void main(String[] args) throws Exception {
    var factory = EventSources.createFactory(new OkHttpClient());
    var ends = new LinkedBlockingQueue<String>();
    var listener = new EventSourceListener() {
      @Override
      public void onEvent(EventSource source, String id, String type, String data) {
        if (id != null) cursor = id;
        System.out.printf("%s\t%s\t%s%n", type == null ? "message" : type, id == null ? "" : id, data);
        if ("denied".equals(type)) System.exit(0);
      }

      @Override
      public void onClosed(EventSource source) {
        ends.add("closed");
      }

      @Override
      public void onFailure(EventSource source, Throwable error, Response response) {
        ends.add("failed");
      }
    };
    while (true) {
      var request = new Request.Builder().url(args[0]).header("Accept", "text/event-stream");
      if (!cursor.isEmpty()) request.header("Last-Event-ID", cursor);
      factory.newEventSource(request.build(), listener);
      ends.take();
      Thread.sleep(1000);
    }
  }
}
