//! What goes wrong, and when: the same every minute.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep_until};
use workos_mcp_emulator::{Endpoint, Fault, TokenBuilder, User};

use crate::{
    Failure,
    client::Era,
    deaths::Life,
    memory,
    people::TOKEN_LIFETIME,
    replica::{CLOCK_LEEWAY, KEY_REFRESH},
    replicas::{COUNT, Replicas},
    tally::Tally,
    traffic::Site,
};

const ROTATION: Duration = Duration::from_secs(6);
const KILL: Duration = Duration::from_secs(12);
const RETURN: Duration = Duration::from_secs(15);
/// When the last token of the old key is over.
const WITHDRAWAL: Duration = Duration::from_secs(17);
/// When every replica must know of it, and until when it can: while the key endpoint is down, no replica can say that a
/// key is unknown.
const WITHDRAWN: [Duration; 2] = [Duration::from_secs(23), Duration::from_secs(27)];
const OUTAGE: Duration = Duration::from_secs(28);
const MEASURED: Duration = Duration::from_secs(30);
const RESETS: Duration = Duration::from_secs(32);
const OUTAGE_OVER: Duration = Duration::from_secs(36);
/// The second key is published before it signs.
const STAGED: Duration = Duration::from_secs(43);
const STAGED_ROTATION: Duration = Duration::from_secs(49);

const _: () = {
    let old_tokens = TOKEN_LIFETIME.as_secs() + CLOCK_LEEWAY.as_secs();
    assert!(WITHDRAWAL.as_secs() >= ROTATION.as_secs() + old_tokens);
    assert!(WITHDRAWN[0].as_secs() > WITHDRAWAL.as_secs() + KEY_REFRESH.as_secs());
};

/// How many tokens of the withdrawn key are kept.
const KEPT: usize = 20;

pub(crate) struct Timeline<'s> {
    site: &'s Site,
    user: User,
    pub(crate) replicas: Replicas,
    pub(crate) tally: Tally,
    pub(crate) kills: u64,
    pub(crate) rotations: u64,
    /// The memory of each replica once it had warmed up.
    warm: Vec<(Life, u64)>,
}

pub(crate) struct Memory {
    pub(crate) life: Life,
    pub(crate) warm: u64,
    pub(crate) now: u64,
    /// What is compared with: of a replica that started again, and gets its share of sessions only as clients open new
    /// ones, what the largest of them had when it was warm.
    pub(crate) base: u64,
}

impl<'s> Timeline<'s> {
    pub(crate) fn new(site: &'s Site, replicas: Replicas) -> Self {
        Self {
            user: site.emulator.ada(),
            site,
            replicas,
            tally: Tally::default(),
            kills: 0,
            rotations: 0,
            warm: Vec::new(),
        }
    }

    pub(crate) async fn minute(&mut self, number: usize, start: Instant) -> Result<(), Failure> {
        let emulator = &self.site.emulator;
        let at = |time| sleep_until(start + time);
        at(ROTATION).await;
        let kept: Vec<_> = (0..KEPT)
            .map(|_| emulator.token(&self.user).expires_in(3600))
            .map(TokenBuilder::build)
            .collect();
        emulator.rotate_keys().await?;
        self.rotations += 1;

        at(KILL).await;
        self.replicas.kill(number % COUNT).await?;
        self.kills += 1;
        at(RETURN).await;
        self.replicas.start_again(number % COUNT).await?;

        at(WITHDRAWAL).await;
        // Accepted, and remembered, by each replica.
        for token in &kept {
            for _ in 0..COUNT {
                self.accepted(token).await;
            }
        }
        self.site.emulator.withdraw_old_keys();
        at(WITHDRAWN[0]).await;
        self.offer_withdrawn(kept);
        at(WITHDRAWN[1]).await;
        self.offer_withdrawn(Vec::new());

        at(OUTAGE).await;
        self.site.emulator.fault(Endpoint::Jwks, Fault::Status(503));
        at(MEASURED).await;
        self.measure()?;
        at(RESETS).await;
        self.site.emulator.fault(Endpoint::Jwks, Fault::Reset);
        at(OUTAGE_OVER).await;
        self.site.emulator.clear_fault(Endpoint::Jwks);

        at(STAGED).await;
        self.site.emulator.stage_key().await?;
        at(STAGED_ROTATION).await;
        self.site.emulator.rotate_keys().await?;
        self.rotations += 1;
        at(Duration::from_secs(60)).await;
        Ok(())
    }

    async fn accepted(&mut self, token: &str) {
        let params = json!({ "name": "whoami", "arguments": {} });
        let client = &self.site.client;
        let answer = client.send(Era::Modern, Some(token), "tools/call", params, Some(1));
        let answer = answer.await;
        self.tally.requests += 1;
        let message = answer.message(1).unwrap_or_default();
        if message["result"]["content"][0]["text"] != self.user.id() {
            self.tally.wrongly_refused(&answer);
        }
    }

    fn offer_withdrawn(&self, tokens: Vec<String>) {
        if let Ok(mut withdrawn) = self.site.withdrawn.write() {
            *withdrawn = tokens;
        }
    }

    fn measure(&mut self) -> Result<(), Failure> {
        for replica in self.replicas.running() {
            if self.warm.iter().all(|(life, _)| *life != replica.life) {
                let pid = replica.pid().ok_or("a replica ended by itself")?;
                self.warm.push((replica.life, memory::resident(pid)?));
            }
        }
        Ok(())
    }

    /// The memory of each replica that lives, warm and now.
    pub(crate) fn memory(&self) -> Result<Vec<Memory>, Failure> {
        let largest = self.warm.iter().map(|(_, warm)| *warm).max();
        let running = self.replicas.running().iter();
        let measured = running.map(|replica| {
            let warm = self.warm.iter().find(|(life, _)| *life == replica.life);
            let (life, warm) = *warm.ok_or("a replica was not measured")?;
            let pid = replica.pid().ok_or("a replica ended by itself")?;
            let again = life.number > 0;
            Ok(Memory {
                life,
                warm,
                now: memory::resident(pid)?,
                base: largest.filter(|_| again).unwrap_or(warm),
            })
        });
        measured.collect()
    }
}
