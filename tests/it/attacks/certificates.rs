//! AuthKit is who has a certificate for its name from somebody whom this machine trusts.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};
use workos_mcp_emulator::Emulator;
use workos_mcp_tests::{Logs, Tools, World};

/// Where a process finds the certificates that it trusts, instead of the system's.
const TRUSTED: &str = "SSL_CERT_FILE";
/// Says that it is ours: `SSL_CERT_FILE` may name the machine's own, which must not be written.
const OWN: &str = "WORKOS_MCP_TEST_TRUSTED";

fn parameters(host: &str) -> CertificateParams {
    CertificateParams::new(vec![host.to_owned()]).unwrap()
}

fn authority() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&key).unwrap().pem();
    (Issuer::new(authority, key), pem)
}

/// A key endpoint behind TLS, with a certificate.
struct KeyEndpoint {
    issuer: String,
    /// Requests that came through the handshake.
    requests: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Drop for KeyEndpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl KeyEndpoint {
    async fn start(certificate: CertificateDer<'static>, key: &KeyPair, keys: String) -> Self {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("https://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let answer = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{keys}",
            keys.len()
        );
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not like the certificate ends the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read_buf(&mut request).await {
                        Ok(read) if read > 0 => {}
                        _ => break,
                    }
                }
                if !request.is_empty() {
                    counted.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        Self {
            issuer,
            requests,
            server,
        }
    }
}

/// What becomes of a good token while its keys are behind such a certificate: the status, the requests that
/// the key endpoint saw, and our log.
async fn called(certificate: CertificateDer<'static>, key: &KeyPair) -> (u16, usize, String) {
    let emulator = Emulator::start().await.unwrap();
    let keys = json!({ "keys": [emulator.signing_key().jwk()] }).to_string();
    let endpoint = KeyEndpoint::start(certificate, key, keys).await;
    let issuer = endpoint.issuer.clone();
    let logs = Logs::capture();
    let world = World::builder()
        .emulator(emulator)
        .configure(|builder| builder.authkit_domain(issuer))
        .start(|| Ok(Tools::default()))
        .await;
    let token = world.emulator.token(&world.emulator.ada());
    let token = token.issuer(&endpoint.issuer).build();
    let response = world.call().bearer_auth(token).send().await.unwrap();
    let requests = endpoint.requests.load(Ordering::SeqCst);
    (response.status().as_u16(), requests, logs.ours())
}

async fn in_a_process_that_trusts(path: &Path) {
    let (trusted, pem) = authority();
    fs::write(path, pem).unwrap();
    let (stranger, _) = authority();
    let key = KeyPair::generate().unwrap();
    let ours = || parameters("127.0.0.1");

    let good = ours().signed_by(&key, &trusted).unwrap();
    let (status, requests, log) = called(good.into(), &key).await;
    assert_eq!((status, requests), (200, 1), "a good one: {log}");

    let mut over = ours();
    over.not_after = date_time_ymd(2020, 1, 1);
    for (name, certificate) in [
        (
            "for another host",
            parameters("keys.example.com").signed_by(&key, &trusted),
        ),
        (
            "for another address",
            parameters("127.0.0.2").signed_by(&key, &trusted),
        ),
        ("expired", over.signed_by(&key, &trusted)),
        ("of a stranger", ours().signed_by(&key, &stranger)),
        ("self-signed", ours().self_signed(&key)),
    ] {
        let (status, requests, log) = called(certificate.unwrap().into(), &key).await;
        assert_eq!((status, requests), (503, 0), "{name}: {log}");
        assert!(log.contains("certificate"), "{name}: {log}");
    }
}

/// Which certificates are trusted is read from the environment, so the test runs in a process of its own.
// Attacks: 88.
#[tokio::test]
async fn keys_behind_a_certificate_that_does_not_hold_are_not_fetched() {
    if let Some(path) = std::env::var_os(OWN) {
        return in_a_process_that_trusts(Path::new(&path)).await;
    }
    let file = format!("trusted-{}.pem", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    let name =
        "attacks::certificates::keys_behind_a_certificate_that_does_not_hold_are_not_fetched";
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env(OWN, &path)
        .env(TRUSTED, &path)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    fs::remove_file(&path).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}
