import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.EventSource;
import java.net.URI;

public class OkhttpEventsource {
  public static void main(String[] args) throws Exception {
    var source = new EventSource.Builder(URI.create(args[0])).errorStrategy(ErrorStrategy.alwaysContinue()).build();
    for (var event : source.messages()) {
      var id = event.getLastEventId();
      System.out.printf("%s\t%s\t%s%n", event.getEventName(), id == null ? "" : id, event.getData());
    }
  }
}
