use sse_client::EventSource;

fn main() {
    let url = std::env::args().nth(1).expect("a URL");
    let source = EventSource::new(&url).expect("a URL");
    for event in source.receiver().iter() {
        println!("{}\t{}\t{}", event.type_, event.id, event.data);
    }
}
