//! Literal URLs and paths: what passes, and what is said about the rest.

use super::super::url_literal::{base, document, domain, path, server};

type Check = fn(&str) -> Result<(), String>;

#[track_caller]
fn assert_problem(check: Check, value: &str, expected: &str) {
    assert_eq!(check(value), Err(expected.to_owned()), "for {value}");
}

#[test]
fn urls_that_work_pass() {
    let servers = [
        "https://mcp.example.com",
        "HTTPS://mcp.example.com:8443/",
        "https://mcp.example.com:/",
        "https://münchen.example",
        "https://[2001:db8::1]:3000",
        "https://10.0.0.1",
        "http://localhost",
        "http://LOCALHOST:3000/",
        "http://127.0.0.1:3000",
        "http://127.8.0.1",
        "http://127.1",
        "http://0x7f000001",
        "http://[::1]:3000",
    ];
    for value in servers {
        for check in [base, server, domain, document] as [Check; 4] {
            assert_eq!(check(value), Ok(()), "for {value}");
        }
    }
    for value in [
        "https://example.com/a/b-c_d.e~f/",
        "https://example.com/a/../b",
    ] {
        assert_eq!(base(value), Ok(()));
        assert_eq!(server(value), Ok(()));
    }
    for value in [
        "your-app.authkit.app",
        "auth.example.com:8443",
        "localhost:9",
        "x.authkit.app/",
    ] {
        assert_eq!(domain(value), Ok(()), "for {value}");
    }
    for value in ["http://example.com/a?b=c#d", "https://me:you@example.com//"] {
        assert_eq!(document(value), Ok(()), "for {value}");
    }
    for value in ["/", "/mcp", "/v1/mcp.json", "/healthz/mcp", "/~me/a_b"] {
        assert_eq!(path(value), Ok(()), "for {value}");
    }
}

#[test]
fn a_url_without_a_scheme_is_told_which_one() {
    let https = "is not an absolute URL; begin it with `https://`";
    for value in [
        "mcp.example.com",
        "mcp.example.com:443/x",
        "/mcp",
        "//mcp.example.com",
        "https:/x",
        "x/?u=https://y",
        "://x",
    ] {
        for check in [base, server, document] as [Check; 3] {
            assert_problem(check, value, https);
        }
    }
    for value in ["localhost:3000", "127.0.0.1", "localhost/mcp"] {
        assert_problem(
            base,
            value,
            "is not an absolute URL; begin it with `http://`",
        );
    }
    assert_problem(
        base,
        "ws://mcp.example.com",
        "begins with `ws://`; begin it with `https://`",
    );
    assert_problem(
        document,
        "ftp://example.com",
        "begins with `ftp://`; begin it with `https://`",
    );
}

#[test]
fn plain_http_is_for_loopback() {
    let problem = "must begin with `https://`; `http://` is for loopback addresses only, such as `http://localhost:3000`";
    for value in [
        "http://mcp.example.com",
        "http://10.0.0.1:80",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "http://[2001:db8::1]",
    ] {
        for check in [base, server, domain] as [Check; 3] {
            assert_problem(check, value, problem);
        }
    }
}

#[test]
fn a_server_has_no_user_query_or_fragment() {
    for check in [base, server, domain] as [Check; 3] {
        assert_problem(
            check,
            "https://me:you@example.com:1/",
            "must not carry a user name or password; write `example.com:1` alone behind `//`",
        );
        for value in [
            "https://example.com?",
            "https://example.com/#x",
            "https://example.com/?a=b#c",
        ] {
            assert_problem(
                check,
                value,
                "must not have a query or a fragment; end it before the `?` or `#`",
            );
        }
    }
}

#[test]
fn hosts_that_cannot_be_are_shown() {
    for (value, expected) in [
        ("https://", "has no host; write one behind `//`"),
        ("https:///mcp", "has no host; write one behind `//`"),
        ("https://:3000", "has no host; write one behind `//`"),
        (
            "https://example.com:http",
            "has `http` for a port; write a number up to 65535",
        ),
        (
            "https://example.com:65536",
            "has `65536` for a port; write a number up to 65535",
        ),
        (
            "https://<your-app>.authkit.app",
            "has `<your-app>.authkit.app` for a host; write its real name",
        ),
        (
            "https://{host}",
            "has `{host}` for a host; write its real name",
        ),
        (
            "https://[::1",
            "has `[:` for a host, which is not an IPv6 address",
        ),
        (
            "https://[1.2.3.4]",
            "has `[1.2.3.4]` for a host, which is not an IPv6 address",
        ),
        ("https://::1", "has `:` for a host; write its real name"),
        (
            " https://example.com",
            "has white space in it, which a URL cannot have; remove it",
        ),
        (
            "https://exa mple.com\n",
            "has white space in it, which a URL cannot have; remove it",
        ),
    ] {
        for check in [base, server, domain, document] as [Check; 4] {
            assert_problem(check, value, expected);
        }
    }
}

#[test]
fn a_domain_has_no_path() {
    for value in [
        "https://x.authkit.app/oauth2",
        "x.authkit.app/oauth2",
        "x.authkit.app//",
    ] {
        assert_problem(
            domain,
            value,
            "must be a domain without a path; write `x.authkit.app`",
        );
    }
}

#[test]
fn paths_read_the_same_everywhere() {
    let plain = "must have only letters, digits, `-`, `.`, `_` and `~` between single slashes";
    for value in [
        "https://example.com/a//b",
        "https://example.com/a%20b",
        "https://example.com/ä",
        "https://example.com/a\\b",
    ] {
        assert_problem(base, value, &format!("{plain} in its path"));
    }
    for value in ["//mcp", "/a b", "/a/../b", "/.", "/mcp?x", "/{id}", "/mcp*"] {
        assert_problem(path, value, plain);
    }
    assert_problem(path, "mcp", "must begin with `/`; write `/mcp`");
    assert_problem(path, "/mcp/", "must not end with `/`; write `/mcp`");
    assert_problem(path, "//", "must not end with `/`; write `/`");
    for value in ["/.well-known/mcp", "/healthz"] {
        assert_problem(
            path,
            value,
            "is a path that the library serves itself; write another, such as `/mcp`",
        );
    }
}
