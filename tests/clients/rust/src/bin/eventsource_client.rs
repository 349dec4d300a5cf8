use eventsource_client::{Client, ClientBuilder, SSE};
use futures::TryStreamExt;
use launchdarkly_sdk_transport::HyperTransport;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::args().nth(1).expect("a URL");
    let client = ClientBuilder::for_url(&url)
        .expect("a URL")
        .build_with_transport(HyperTransport::new().expect("a transport"));
    let mut stream = client.stream();
    loop {
        match stream.try_next().await {
            Ok(Some(SSE::Event(event))) => println!(
                "{}\t{}\t{}",
                event.event_type,
                event.id.unwrap_or_default(),
                event.data
            ),
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => eprintln!("{error}"),
        }
    }
}
