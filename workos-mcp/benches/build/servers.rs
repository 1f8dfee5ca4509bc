//! The servers that are compared.

/// A program with one tool, or one route.
pub(crate) struct Server {
    pub(crate) package: &'static str,
    pub(crate) title: &'static str,
    /// Besides axum and tokio, as its manifest has them; `{}` is the library's folder.
    dependencies: &'static [&'static str],
    pub(crate) source: &'static str,
}

const RMCP: &str = "rmcp = { version = '3', default-features = false, features = ['macros', 'server', 'transport-streamable-http-server'] }";
const CLIENT: &str =
    "reqwest = { version = '0.13', default-features = false, features = ['rustls'] }";
const OURS: &str = "workos-mcp = { path = '{}' }";
const SMALLEST: &str = "workos-mcp = { path = '{}', default-features = false }";

pub(crate) const RMCP_ALONE: Server = Server {
    package: "rmcp-alone",
    title: "rmcp",
    dependencies: &[RMCP],
    source: include_str!("servers/rmcp_alone.rs"),
};

/// What a server has that calls some API by HTTPS, as ours does for the keys.
pub(crate) const RMCP_CLIENT: Server = Server {
    package: "rmcp-client",
    title: "rmcp, reqwest with rustls",
    dependencies: &[RMCP, CLIENT],
    source: include_str!("servers/rmcp_alone.rs"),
};

pub(crate) const RMCP_OURS: Server = Server {
    package: "rmcp-ours",
    title: "rmcp, workos-mcp",
    dependencies: &[RMCP, OURS],
    source: include_str!("servers/rmcp_ours.rs"),
};

pub(crate) const RMCP_LAYER: Server = Server {
    package: "rmcp-layer",
    title: "rmcp, workos-mcp without default features",
    dependencies: &[RMCP, SMALLEST],
    source: include_str!("servers/rmcp_layer.rs"),
};

pub(crate) const AXUM_ALONE: Server = Server {
    package: "axum-alone",
    title: "axum",
    dependencies: &[],
    source: include_str!("servers/axum_alone.rs"),
};

pub(crate) const AXUM_LAYER: Server = Server {
    package: "axum-layer",
    title: "axum, workos-mcp without default features",
    dependencies: &[SMALLEST],
    source: include_str!("servers/axum_layer.rs"),
};

pub(crate) const ALL: [Server; 6] = [
    RMCP_ALONE,
    RMCP_CLIENT,
    RMCP_OURS,
    RMCP_LAYER,
    AXUM_ALONE,
    AXUM_LAYER,
];

impl Server {
    /// All servers have axum and tokio, with no more of them than a server needs: nothing of ours hides in there.
    pub(crate) fn dependencies(&self, library: &str) -> String {
        let all = [
            "axum = { version = '0.8', default-features = false, features = ['http1', 'tokio'] }",
            "tokio = { version = '1', features = ['macros', 'net', 'rt-multi-thread'] }",
        ];
        let lines: Vec<_> = all.iter().chain(self.dependencies).copied().collect();
        lines.join("\n").replace("{}", library)
    }
}
