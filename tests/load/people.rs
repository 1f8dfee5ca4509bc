//! A user with a client: tokens that are refreshed in time, and a session if the client is an older one.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use workos_mcp_emulator::User;

use crate::{
    chance::Chance,
    client::{Answer, Era},
    deaths::Life,
    tally::Tally,
    traffic::Site,
};

/// How long the tokens are good for, so that all of them are refreshed many times.
pub(crate) const TOKEN_LIFETIME: Duration = Duration::from_secs(8);
/// A client takes a new token when the old one ends sooner than this, in seconds.
const REFRESH_BEFORE: u64 = 2;

pub(crate) struct Person {
    pub(crate) user: User,
    legacy: bool,
    pub(crate) token: Option<Token>,
    /// The one before.
    pub(crate) old_token: Option<Token>,
    pub(crate) session: Option<Session>,
}

#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) expires_at: u64,
}

pub(crate) struct Session {
    pub(crate) id: String,
    /// The replica in which it lives.
    home: Life,
}

pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

impl Person {
    pub(crate) fn new(user: User, legacy: bool) -> Self {
        Self {
            user,
            legacy,
            token: None,
            old_token: None,
            session: None,
        }
    }

    /// How this client would send something now.
    pub(crate) fn era(&self) -> Era<'_> {
        if self.legacy {
            Era::Legacy(self.session.as_ref().map(|session| session.id.as_str()))
        } else {
            Era::Modern
        }
    }

    /// A call that must succeed, and whatever a client does for it before.
    pub(crate) async fn call(&mut self, site: &Site, chance: &mut Chance, tally: &mut Tally) {
        let token = self.fresh_token(site, tally);
        if self.legacy && self.session.is_none() && !self.open_session(site, &token, tally).await {
            return;
        }
        let nonce = chance.next();
        let id = nonce & 0xffff_ffff;
        let user_id = self.user.id();
        let (tool, expected) = match nonce % 3 {
            0 => (
                "greet",
                format!("Hello, {nonce}! Your WorkOS user ID is {user_id}"),
            ),
            1 => ("whoami_slowly", user_id.to_owned()),
            _ => ("whoami_extracted", user_id.to_owned()),
        };
        let params = json!({ "name": tool, "arguments": { "name": nonce.to_string() } });
        let sent = Instant::now();
        let answer = site.client.send(
            self.era(),
            Some(&token.text),
            "tools/call",
            params,
            Some(id),
        );
        let answer = answer.await;
        let elapsed = sent.elapsed();
        if !self.succeeded(site, &answer, 200, tally) {
            return;
        }
        let message = answer.message(id).unwrap_or_default();
        let result = &message["result"];
        match result["content"][0]["text"].as_str() {
            Some(text) if text == expected => tally.answered(self.legacy, elapsed),
            Some(text) if result["isError"] != true => {
                tally.mixed(&format!("{text:?} instead of {expected:?}"));
            }
            _ => tally.wrongly_refused(&answer),
        }
    }

    /// Ends the session, if there is one, so that the next call opens another.
    pub(crate) async fn end_session(&mut self, site: &Site, tally: &mut Tally) {
        let token = self.fresh_token(site, tally);
        let Some(session) = &self.session else { return };
        let answer = site.client.end_session(&session.id, &token.text).await;
        if self.succeeded(site, &answer, 202, tally) {
            self.session = None;
            tally.sessions_ended += 1;
        }
    }

    fn fresh_token(&mut self, site: &Site, tally: &mut Tally) -> Token {
        if let Some(token) = &self.token
            && now() + REFRESH_BEFORE < token.expires_at
        {
            return token.clone();
        }
        let token = site.emulator.token(&self.user);
        let expires_at = token.claims()["exp"].as_u64().unwrap_or_default();
        let token = Token {
            text: token.build(),
            expires_at,
        };
        self.old_token = self.token.replace(token.clone());
        tally.refreshed += u64::from(self.old_token.is_some());
        token
    }

    async fn open_session(&mut self, site: &Site, token: &Token, tally: &mut Tally) -> bool {
        let params = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "load", "version": "0" },
        });
        let answer = site
            .client
            .send(self.era(), Some(&token.text), "initialize", params, Some(1));
        let answer = answer.await;
        if !self.succeeded(site, &answer, 200, tally) {
            return false;
        }
        let (Some(id), Some(home)) = (answer.header("mcp-session-id"), answer.answered_by()) else {
            tally.wrongly_refused(&answer);
            return false;
        };
        let id = id.to_owned();
        self.session = Some(Session { id, home });
        tally.sessions_opened += 1;
        let told = site.client.send(
            self.era(),
            Some(&token.text),
            "notifications/initialized",
            json!({}),
            None,
        );
        let told = told.await;
        self.succeeded(site, &told, 202, tally)
    }

    /// Whether it was answered as it must be; if not, whose fault that is.
    fn succeeded(&mut self, site: &Site, answer: &Answer, status: u16, tally: &mut Tally) -> bool {
        tally.requests += 1;
        if answer.status == status {
            return true;
        }
        if answer
            .cut_off_by()
            .is_some_and(|life| site.deaths.has(life))
        {
            tally.cut_off += 1;
            return false;
        }
        match &self.session {
            Some(session) if answer.status == 404 => {
                if site.deaths.has(session.home) {
                    tally.sessions_lost_with_replica += 1;
                } else {
                    tally.session_lost_beyond(answer);
                }
                self.session = None;
            }
            _ => tally.wrongly_refused(answer),
        }
        false
    }
}
