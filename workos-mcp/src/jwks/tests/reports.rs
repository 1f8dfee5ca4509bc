//! What our log says about the key set.

use std::{
    fmt::Write,
    sync::{LazyLock, Mutex},
};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::*;

/// Keeps what is said at `INFO` and above.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    fn take(&self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.target().starts_with("workos_mcp")
    }

    fn event(&self, event: &Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                write!(self.0, "{}={value:?} ", field.name()).unwrap();
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0
            .lock()
            .unwrap()
            .push((*event.metadata().level(), text.0));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// What this thread says from now on.
fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    // While there is only one subscriber, tracing decides by the thread that comes by first, which may be another
    // test's, whether an event is ever of interest.
    static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Log::default()));
    LazyLock::force(&ANOTHER);
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    (log, guard)
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_reported_once_and_its_end_once() {
    let (log, _guard) = listen();
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = issuer.keys(&Limits::default());
    keys.warm_up();
    pass(Duration::from_secs(200)).await;
    assert_eq!(log.take(), []);

    issuer.go_down();
    pass(Duration::from_secs(3600)).await;
    let [(Level::WARN, warning)] = &log.take()[..] else {
        unreachable!("one warning");
    };
    assert!(warning.contains("issuer.example/oauth2/jwks"), "{warning}");
    assert!(warning.contains("HTTP 503"), "{warning}");

    issuer.publish(&[Signer::first()]);
    pass(Duration::from_secs(3600)).await;
    let said = log.take();
    assert!(matches!(said[..], [(Level::INFO, _)]), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn unused_keys_are_reported_when_they_appear_and_not_at_every_fetch() {
    let (log, _guard) = listen();
    let mut double = Signer::second().jwk();
    double["kid"] = json!("double");
    let mut other = Signer::first().jwk();
    other["kid"] = json!("double");
    let issuer = Issuer::with(&[]);
    issuer.say(&key_set(&[Signer::first().jwk(), double, other]));
    let keys = issuer.keys(&Limits::default());
    keys.warm_up();
    pass(Duration::from_secs(3600)).await;
    let said = log.take();
    let [(Level::WARN, warning)] = &said[..] else {
        unreachable!("one warning, not {said:?}");
    };
    assert!(warning.contains("ambiguous=2"), "{warning}");
}
