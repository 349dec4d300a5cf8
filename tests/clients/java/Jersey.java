import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.SseEventSource;
import java.util.concurrent.TimeUnit;

public class Jersey {
  public static void main(String[] args) throws Exception {
    var target = ClientBuilder.newClient().target(args[0]);
    var source = SseEventSource.target(target).reconnectingEvery(1, TimeUnit.SECONDS).build();
    source.register(event -> {
      var id = event.getId() == null ? "" : event.getId();
      System.out.printf("%s\t%s\t%s%n", event.getName() == null ? "message" : event.getName(), id, event.readData());
    });
    source.open();
    Thread.currentThread().join();
  }
}
