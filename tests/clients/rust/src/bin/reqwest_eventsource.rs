use futures::StreamExt;
use reqwest_eventsource::{Event, EventSource};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::args().nth(1).expect("a URL");
    let mut source = EventSource::get(url);
    while let Some(event) = source.next().await {
        match event {
            Ok(Event::Open) => {}
            Ok(Event::Message(message)) => {
                println!("{}\t{}\t{}", message.event, message.id, message.data)
            }
            Err(error) => eprintln!("{error}"),
        }
    }
}
