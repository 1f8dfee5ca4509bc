//! Requests that must be refused, and how.

use std::fmt::Write as _;

use serde_json::json;

use crate::{
    chance::Chance,
    client::Era,
    people::{Person, now},
    replica::CLOCK_LEEWAY,
    tally::Tally,
    traffic::Site,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// A token that was good, and accepted, until it ended.
    Expired,
    /// One user's claims under the signature of another's.
    OthersClaims,
    /// One character of the signature is another.
    Signature,
    /// A token for another server.
    Audience,
    /// A session id of another user, who goes on to use it.
    OthersSession,
    /// A token of a key that is not published any more, and that was accepted while it was.
    WithdrawnKey,
    Nobody,
}

impl Wrong {
    pub(crate) const ALL: [Self; 7] = [
        Self::Expired,
        Self::OthersClaims,
        Self::Signature,
        Self::Audience,
        Self::OthersSession,
        Self::WithdrawnKey,
        Self::Nobody,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::OthersClaims => "another's claims",
            Self::Signature => "a changed signature",
            Self::Audience => "for another server",
            Self::OthersSession => "another's session",
            Self::WithdrawnKey => "of a withdrawn key",
            Self::Nobody => "no token",
        }
    }

    /// The status, and what the challenge says.
    fn due(self) -> (u16, Option<&'static str>) {
        match self {
            Self::OthersSession => (404, None),
            Self::Nobody => (401, Some("Bearer ")),
            Self::Expired => (401, Some("the access token has expired")),
            Self::OthersClaims | Self::Signature | Self::Audience | Self::WithdrawnKey => {
                (401, Some("the access token is not valid for this server"))
            }
        }
    }

    /// Sends one; nothing when there is nothing yet to make it of.
    pub(crate) async fn send(
        self,
        site: &Site,
        person: &Person,
        other: &Person,
        chance: &mut Chance,
        tally: &mut Tally,
    ) {
        let Some(token) = self.token(site, person, other, chance) else {
            return;
        };
        let era = match (self, &other.session) {
            (Self::OthersSession, Some(session)) => Era::Legacy(Some(&session.id)),
            (Self::OthersSession, None) => return,
            // As no older client could.
            _ if matches!(person.era(), Era::Legacy(None)) => Era::Modern,
            _ => person.era(),
        };
        let params = json!({ "name": "whoami", "arguments": {} });
        let sent = site
            .client
            .send(era, token.as_deref(), "tools/call", params, Some(1));
        let answer = sent.await;
        tally.requests += 1;
        if answer
            .cut_off_by()
            .is_some_and(|life| site.deaths.has(life))
        {
            tally.cut_off += 1;
            return;
        }
        *tally.wrong.entry(self).or_default() += 1;
        let (status, says) = self.due();
        let challenge = answer.header("www-authenticate");
        let as_due = match says {
            None => challenge.is_none(),
            Some(says) => challenge.is_some_and(|challenge| challenge.contains(says)),
        };
        if (200..300).contains(&answer.status) {
            tally.wrongly_accepted(self, &answer);
        } else if answer.status != status || !as_due {
            tally.refused_otherwise(self, &answer);
        }
    }

    /// The token to send, or none to send; `None` when there is nothing to make one of.
    #[expect(clippy::option_option, reason = "no token is one of the wrong ones")]
    fn token(
        self,
        site: &Site,
        person: &Person,
        other: &Person,
        chance: &mut Chance,
    ) -> Option<Option<String>> {
        let token = match self {
            Self::Nobody => return Some(None),
            Self::Expired => {
                let over = person.old_token.as_ref()?;
                let end = over.expires_at + CLOCK_LEEWAY.as_secs();
                // That it has expired is told only while its key is published.
                let published = site.emulator.token(&person.user).build();
                let header = |token: &str| token.split('.').next().map(ToOwned::to_owned);
                (end < now() && header(&over.text) == header(&published))
                    .then(|| over.text.clone())?
            }
            Self::OthersClaims => {
                let own = person.token.as_ref()?.text.split('.').collect::<Vec<_>>();
                let others = other.token.as_ref()?.text.split('.').nth(1)?;
                [own.first()?, others, own.last()?].join(".")
            }
            Self::Signature => {
                let (signed, signature) = person.token.as_ref()?.text.rsplit_once('.')?;
                // Not the last one, which has bits that mean nothing.
                let place = chance.below(signature.len() - 1);
                let mut text = format!("{signed}.");
                for (number, character) in signature.chars().enumerate() {
                    let character = match character {
                        'A' if number == place => 'B',
                        _ if number == place => 'A',
                        character => character,
                    };
                    text.write_char(character).ok()?;
                }
                text
            }
            Self::Audience => site
                .emulator
                .token(&person.user)
                .audience("https://another.example/mcp")
                .build(),
            Self::OthersSession => {
                let token = person.token.as_ref()?;
                (now() < token.expires_at).then(|| token.text.clone())?
            }
            Self::WithdrawnKey => {
                let withdrawn = site.withdrawn.read().ok()?;
                withdrawn.get(chance.below(withdrawn.len()))?.clone()
            }
        };
        Some(Some(token))
    }
}
