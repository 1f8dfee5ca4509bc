//! The load: users call, now and then wrongly, while the timeline goes on.

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use tokio::{net::TcpListener, task::JoinSet, time::Instant};
use workos_mcp_emulator::{Emulator, Endpoint, Organization, User};

use crate::{
    Failure,
    chance::Chance,
    client::Client,
    deaths::Deaths,
    people::{Person, TOKEN_LIFETIME},
    proxy::Proxy,
    replicas::Replicas,
    table::{Table, count, mebibytes},
    tally::Tally,
    timeline::Timeline,
    wrong::Wrong,
};

/// One request in so many is wrong.
const WRONG: usize = 10;
/// After one call in so many the client ends its session.
const ENDS: usize = 50;

/// How much more memory a replica may have at the end than when it had warmed up.
const GROWTH_PERCENT: u64 = 10;

pub(crate) struct Site {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
    pub(crate) deaths: Arc<Deaths>,
    /// Tokens of a key of which every replica must know that it was withdrawn.
    pub(crate) withdrawn: RwLock<Vec<String>>,
}

pub(crate) async fn run(seconds: u64, users: u32, concurrency: u32) -> Result<bool, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let mcp_url = format!("{base_url}/mcp");
    let organizations = ["Initech", "Hooli"].map(Organization::new);
    let users: Vec<_> = (0..users)
        .map(|user| member(user, &organizations))
        .collect();
    let mut emulator = Emulator::builder()
        .resource(&mcp_url)
        .access_token_lifetime(TOKEN_LIFETIME);
    for organization in organizations {
        emulator = emulator.organization(organization);
    }
    for user in &users {
        emulator = emulator.user(user.clone());
    }
    let emulator = emulator.start().await?;
    let proxy = Proxy::new()?;
    let front = proxy.serve(listener);
    let deaths = Arc::new(Deaths::default());
    let replicas = Replicas::start(&emulator, &base_url, proxy, Arc::clone(&deaths)).await?;
    let site = Arc::new(Site {
        emulator,
        client: Client::new(&mcp_url)?,
        deaths,
        withdrawn: RwLock::default(),
    });

    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let mut workers = JoinSet::new();
    for (number, people) in shared_out(users, concurrency).into_iter().enumerate() {
        workers.spawn(work(Arc::clone(&site), people, number, end));
    }
    let mut timeline = Timeline::new(&site, replicas);
    for minute in 0..seconds / 60 {
        let start = start + Duration::from_secs(60 * minute);
        timeline.minute(usize::try_from(minute)?, start).await?;
    }
    let mut tally = Tally::default();
    while let Some(worker) = workers.join_next().await {
        tally.add(worker?);
    }
    let memory = timeline.memory()?;
    front.abort();
    tally.add(std::mem::take(&mut timeline.tally));
    tally.print_examples()?;

    let mut table = Table::new(&["what", "how many", "must be", "is"]);
    // The timeline's own requests are one at a time.
    let mut good = tally.report(&mut table, timeline.kills, u64::from(concurrency) + 1);
    for (name, number) in [
        ("keys rotated", timeline.rotations),
        ("replicas killed and started again", timeline.kills),
        (
            "requests to the key endpoint",
            site.emulator.requests(Endpoint::Jwks),
        ),
    ] {
        table.row([name.to_owned(), count(number), String::new(), String::new()]);
    }
    for replica in memory {
        let bound = replica.base * (100 + GROWTH_PERCENT) / 100;
        let flat = replica.now <= bound;
        good &= flat;
        let again = if replica.life.number > 0 {
            ", started again"
        } else {
            ""
        };
        table.row([
            format!("memory of replica {}{again}", replica.life.place + 1),
            format!(
                "{}, then {}",
                mebibytes(replica.warm),
                mebibytes(replica.now)
            ),
            format!("at most {}", mebibytes(bound)),
            if flat { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    table.print()?;
    Ok(good)
}

/// A member of one organization, of the other, or of none.
fn member(number: u32, organizations: &[Organization; 2]) -> User {
    let user = User::new(format!("user{number}@example.com"));
    match number % 3 {
        2 => user,
        one => user.member_of(organizations[one as usize].id(), "member"),
    }
}

/// To each worker its own, so that no two requests are made for one user at the same time.
fn shared_out(users: Vec<User>, workers: u32) -> Vec<Vec<Person>> {
    let mut shares: Vec<Vec<Person>> = (0..workers).map(|_| Vec::new()).collect();
    let count = shares.len();
    for (number, user) in users.into_iter().enumerate() {
        let legacy = (number / count).is_multiple_of(2);
        shares[number % count].push(Person::new(user, legacy));
    }
    shares.retain(|share| share.len() > 1);
    shares
}

async fn work(site: Arc<Site>, mut people: Vec<Person>, number: usize, end: Instant) -> Tally {
    let mut tally = Tally::default();
    let mut chance = Chance::new(number as u64);
    while Instant::now() < end {
        let place = chance.below(people.len());
        if chance.one_in(WRONG) {
            let other = (place + 1 + chance.below(people.len() - 1)) % people.len();
            let wrong = Wrong::ALL[chance.below(Wrong::ALL.len())];
            let (person, other) = (&people[place], &people[other]);
            wrong
                .send(&site, person, other, &mut chance, &mut tally)
                .await;
            continue;
        }
        let person = &mut people[place];
        person.call(&site, &mut chance, &mut tally).await;
        if chance.one_in(ENDS) {
            person.end_session(&site, &mut tally).await;
        }
    }
    tally
}
