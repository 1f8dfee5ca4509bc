//! A key endpoint that never stops talking costs no memory and nobody's time; a withdrawn key ends without anybody's help.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use workos_mcp::Limits;
use workos_mcp_emulator::Emulator;
use workos_mcp_tests::{KeyAnswer, KeyServer, Tools, World};

use super::Site;

/// What the buffers of two sockets hold of an answer that nobody reads.
const MOST_TAKEN: u64 = 16 << 20;
const FETCH_TIMEOUT: Duration = Duration::from_secs(1);

const ENDLESS: [KeyAnswer; 3] = [
    KeyAnswer::Gibibyte { announced: true },
    KeyAnswer::Gibibyte { announced: false },
    KeyAnswer::Drip,
];

/// A server whose keys come from a key endpoint made by hand.
struct ByHand {
    world: World,
    server: KeyServer,
}

impl ByHand {
    async fn start(answer: Option<KeyAnswer>) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let keys = KeyAnswer::Keys(json!({ "keys": [emulator.signing_key().jwk()] }));
        let server = KeyServer::start(answer.unwrap_or(keys)).await;
        let issuer = server.url().to_owned();
        let world = World::builder().emulator(emulator).configure(|builder| {
            let mut limits = Limits::default();
            limits.fetch_timeout = FETCH_TIMEOUT;
            limits.key_retry = Duration::ZERO;
            limits.key_refresh = Duration::from_millis(200);
            builder.authkit_domain(issuer).limits(limits)
        });
        Self {
            world: world.start(|| Ok(Tools::default())).await,
            server,
        }
    }

    fn token(&self) -> String {
        let emulator = &self.world.emulator;
        let token = emulator.token(&emulator.ada());
        token.issuer(self.server.url()).build()
    }

    async fn status(&self, token: &str) -> u16 {
        let call = self.world.call().bearer_auth(token);
        call.send().await.unwrap().status().as_u16()
    }

    fn mend(&self) {
        let key = self.world.emulator.signing_key();
        self.server
            .set(KeyAnswer::Keys(json!({ "keys": [key.jwk()] })));
    }

    fn took_little(&self, answer: &KeyAnswer) {
        let sent = self.server.most_sent();
        assert!(sent <= MOST_TAKEN, "{answer:?}: {sent} bytes");
        if matches!(answer, KeyAnswer::Gibibyte { .. }) {
            assert!(sent > 0, "{answer:?} was not met");
        }
    }
}

// Attacks: 83, 85.
#[tokio::test]
async fn before_there_are_keys_an_endless_answer_means_retry_and_is_left_where_it_is() {
    for answer in ENDLESS {
        let site = ByHand::start(Some(answer.clone())).await;
        let token = site.token();
        let started = Instant::now();
        let statuses = join_all((0..20).map(|_| site.status(&token))).await;
        assert_eq!(statuses, [503; 20], "{answer:?}");
        // One that others began, and one of its own.
        let longest = 2 * FETCH_TIMEOUT + Duration::from_secs(1);
        assert!(started.elapsed() < longest, "{:?}", started.elapsed());
        site.took_little(&answer);
        site.mend();
        let mut last = 503;
        for _ in 0..1000 {
            last = site.status(&token).await;
            if last != 503 {
                break;
            }
        }
        assert_eq!(last, 200, "{answer:?}, mended");
    }
}

// Attacks: 83, 85.
#[tokio::test]
async fn with_keys_nobody_notices_an_endless_answer() {
    for answer in ENDLESS {
        let site = ByHand::start(None).await;
        let known = site.token();
        assert_eq!(site.status(&known).await, 200);
        site.server.set(answer.clone());
        let met = site.server.requests() + 2;
        let started = Instant::now();
        while site.server.requests() < met {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{answer:?}: the keys are refreshed"
            );
            let asked = Instant::now();
            assert_eq!(site.status(&site.token()).await, 200, "{answer:?}");
            assert_eq!(site.status(&known).await, 200, "{answer:?}");
            assert!(
                asked.elapsed() < FETCH_TIMEOUT,
                "{answer:?}: waited for keys"
            );
        }
        site.took_little(&answer);
    }
}

// Attacks: 81.
#[tokio::test]
async fn a_withdrawn_key_ends_its_tokens_when_nobody_uses_another() {
    let site = Site::of(Emulator::start().await.unwrap(), |limits| {
        limits.key_refresh = Duration::ZERO;
    })
    .await;
    let old = site.token();
    site.emulator().rotate_keys().await.unwrap();
    site.recovers("of the new key").await;
    assert_eq!(site.status(&old).await, 200, "both are published");
    site.emulator().withdraw_old_keys();
    site.refreshed().await;
    assert_eq!(site.status(&old).await, 401);
}
