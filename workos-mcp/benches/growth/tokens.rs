//! With the number of tokens that are remembered.

use std::iter;

use tokio::runtime::Runtime;
use workos_mcp::{__bench::Verification, Limits, Provider};

use crate::{
    issuer::Issuer,
    layer::{Routes, call},
    million::{places, scattered, with_room},
    rounds::{each, fastest_tenth},
    verify::Bare,
};

const MOST: usize = 1_000_000;

pub(crate) fn print(runtime: &Runtime) {
    let issuer = Issuer::start(runtime);
    let tokens = issuer.tokens(MOST);
    println!("a request with one of so many tokens, all seen before");
    println!(
        "{:>9} {:>12} {:>14} {:>13}",
        "tokens", "nanoseconds", "÷ bare check", "bytes a token"
    );
    let bare = Bare::new(&issuer, &tokens[0]);
    for count in iter::successors(Some(1), |count| Some(count * 10)).take_while(|n| *n <= MOST) {
        let tokens = &tokens[..count];
        let provider = with_room(&issuer, MOST / 10 * 12);
        let mut routes = Routes::new(&provider);
        routes.warm_up(runtime, &issuer.token(MOST));
        let held = held_after(&provider, tokens);
        let (mut here, mut there) = (places(count), places(count));
        let mut plain = routes.plain.clone();
        let [plain, guarded, bare] = fastest_tenth(
            500,
            [
                &mut || scattered(tokens, &mut here, |headers| call(&mut plain, headers)),
                &mut || {
                    scattered(tokens, &mut there, |headers| {
                        call(&mut routes.guarded, headers);
                    })
                },
                &mut || each(20, || bare.check()),
            ],
        );
        let added = guarded - plain;
        println!(
            "{count:>9} {added:>12.0} {:>14.4} {:>13}",
            added / bare,
            held / i64::try_from(count).unwrap()
        );
    }

    let limits = Limits::default();
    println!(
        "\nmemory of a cache for {} tokens when more come",
        limits.verified_tokens
    );
    println!("{:>9} {:>12}", "tokens", "KiB");
    let provider = with_room(&issuer, limits.verified_tokens);
    Routes::new(&provider).warm_up(runtime, &issuer.token(MOST));
    let mut held = 0;
    for (number, tokens) in (1..).zip(tokens.chunks(MOST / 10)) {
        held += held_after(&provider, tokens);
        println!("{:>9} {:>12}", number * MOST / 10, held / 1024);
    }
}

/// The bytes that stay allocated when these tokens have been verified.
fn held_after(provider: &Provider, tokens: &[String]) -> i64 {
    let verification = Verification::of(provider);
    let verified = allocation_counter::measure(|| {
        for token in tokens {
            assert!(verification.check(token).is_some());
        }
    });
    verified.bytes_current
}
