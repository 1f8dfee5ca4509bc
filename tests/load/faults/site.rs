//! A server whose key endpoint can be made to fail, and requests to it that are counted and timed.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use http::{StatusCode, header, response::Parts};
use workos_mcp::Limits;
use workos_mcp_emulator::{Emulator, Endpoint, SigningKey, TokenBuilder};
use workos_mcp_tests::{KeyServer, Tools, World};

use crate::Failure;

/// How many requests are under way at a time.
const AT_A_TIME: usize = 8;

pub(super) struct Site {
    pub(super) world: World,
    /// Instead of the emulator's key endpoint.
    pub(super) key_server: Option<KeyServer>,
    foreign: SigningKey,
    seen: Mutex<Seen>,
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) good: u64,
    pub(super) wrongly_refused: u64,
    pub(super) wrongly_accepted: u64,
    pub(super) times: Vec<Duration>,
    pub(super) examples: Vec<String>,
}

/// What a good token must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Accepted,
    /// 503: retry, and do not sign in anew.
    Unavailable,
}

impl Seen {
    pub(super) fn take_in(&mut self, mut other: Self) {
        self.times.append(&mut other.times);
        self.add_counts(other);
    }

    /// Without the times, which are those of another while.
    pub(super) fn add_counts(&mut self, other: Self) {
        self.good += other.good;
        self.wrongly_refused += other.wrongly_refused;
        self.wrongly_accepted += other.wrongly_accepted;
        self.examples.extend(other.examples);
    }
}

impl Site {
    pub(super) async fn start(
        emulator: Emulator,
        key_server: Option<KeyServer>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let issuer = key_server.as_ref().map(|server| server.url().to_owned());
        let world = World::builder().emulator(emulator).configure(|builder| {
            let builder = builder.limits(limits);
            match issuer {
                Some(issuer) => builder.authkit_domain(issuer),
                None => builder,
            }
        });
        Ok(Self {
            world: world.start(|| Ok(Tools::default())).await,
            key_server,
            foreign: SigningKey::generate()?,
            seen: Mutex::default(),
        })
    }

    pub(super) fn emulator(&self) -> &Emulator {
        &self.world.emulator
    }

    pub(super) fn key_requests(&self) -> u64 {
        match &self.key_server {
            Some(server) => server.requests(),
            None => self.emulator().requests(Endpoint::Jwks),
        }
    }

    fn builder(&self) -> TokenBuilder {
        let token = self.emulator().token(&self.emulator().ada());
        match &self.key_server {
            Some(server) => token.issuer(server.url()),
            None => token,
        }
    }

    pub(super) fn token(&self) -> String {
        self.builder().build()
    }

    /// Signed by nobody that the server knows, and of a key that it does not know either.
    pub(super) fn of_unknown_key(&self, number: usize) -> String {
        let token = self.builder().kid(format!("unknown-{number}"));
        token.build()
    }

    pub(super) fn bad_token(&self, number: usize) -> String {
        let token = self.builder();
        match number % 4 {
            0 => token.signed_with(&self.foreign).build(),
            1 => token.audience("https://another.example/mcp").build(),
            2 => token.expires_in(-60).build(),
            _ => token.unsigned().build(),
        }
    }

    /// What a request with this token gets, whether it was accepted, and whether it was told to retry.
    pub(super) async fn ask(&self, token: &str) -> Result<Got, Failure> {
        let sent = Instant::now();
        let answer = self.world.call().bearer_auth(token).send().await?;
        let answer: http::Response<reqwest::Body> = answer.into();
        let (head, body) = answer.into_parts();
        let text = reqwest::Response::from(http::Response::new(body)).text();
        let text = text.await?;
        let ada = self.emulator().ada();
        Ok(Got::new(&head, text, sent.elapsed(), ada.id()))
    }

    /// Sends a good token, and notes when it does not get its due.
    pub(super) async fn good(&self, token: &str, due: Due) -> Result<(), Failure> {
        let got = self.ask(token).await?;
        self.note(due, &got);
        Ok(())
    }

    pub(super) fn note(&self, due: Due, got: &Got) {
        let is_due = match due {
            Due::Accepted => got.accepted,
            Due::Unavailable => got.told_to_retry,
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.good += 1;
        seen.times.push(got.took);
        if !is_due {
            seen.wrongly_refused += 1;
            seen.examples
                .push(format!("not {due:?} but {} {}", got.status, got.text));
        }
    }

    /// Sends a token that must not be accepted.
    pub(super) async fn bad(&self, token: &str) -> Result<(), Failure> {
        let got = self.ask(token).await?;
        if got.succeeded {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.wrongly_accepted += 1;
            seen.examples
                .push(format!("accepted: {} {}", got.status, got.text));
        }
        Ok(())
    }

    /// So many requests: with fresh tokens, with one that was accepted before, and with bad ones.
    pub(super) async fn traffic(
        &self,
        count: usize,
        known: Option<&str>,
        due: Due,
    ) -> Result<(), Failure> {
        let requests = stream::iter(0..count).map(|number| async move {
            match (number % 10, known) {
                (0, _) => self.bad(&self.bad_token(number / 10)).await,
                (1..5, Some(known)) => self.good(known, due).await,
                _ => self.good(&self.token(), due).await,
            }
        });
        let answers: Vec<_> = requests.buffer_unordered(AT_A_TIME).collect().await;
        answers.into_iter().collect()
    }

    pub(super) fn seen(&self) -> Seen {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *seen)
    }
}

pub(super) struct Got {
    pub(super) accepted: bool,
    pub(super) succeeded: bool,
    pub(super) told_to_retry: bool,
    pub(super) took: Duration,
    pub(super) status: u16,
    text: String,
}

impl Got {
    pub(super) fn new(head: &Parts, text: String, took: Duration, user_id: &str) -> Self {
        let told_to_retry = head.status == StatusCode::SERVICE_UNAVAILABLE
            && head.headers.contains_key(header::RETRY_AFTER)
            && !head.headers.contains_key(header::WWW_AUTHENTICATE);
        Self {
            accepted: head.status == StatusCode::OK && text.contains(user_id),
            succeeded: head.status.is_success(),
            told_to_retry,
            took,
            status: head.status.as_u16(),
            text,
        }
    }
}
