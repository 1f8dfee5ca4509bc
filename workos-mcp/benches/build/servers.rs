//! The servers that are compared.

/// A program with one tool, or one route.
pub(crate) struct Server {
    pub(crate) package: &'static str,
    pub(crate) title: &'static str,
    rmcp: bool,
    /// What stands behind `workos-mcp =`.
    ours: Option<&'static str>,
    pub(crate) source: &'static str,
}

/// By path in the generated manifest; `{}` is the library's folder.
const DEFAULT: &str = "{ path = '{}' }";
const SMALLEST: &str = "{ path = '{}', default-features = false }";

pub(crate) const RMCP_ALONE: Server = Server {
    package: "rmcp-alone",
    title: "rmcp",
    rmcp: true,
    ours: None,
    source: include_str!("servers/rmcp_alone.rs"),
};

pub(crate) const RMCP_OURS: Server = Server {
    package: "rmcp-ours",
    title: "rmcp, workos-mcp",
    rmcp: true,
    ours: Some(DEFAULT),
    source: include_str!("servers/rmcp_ours.rs"),
};

pub(crate) const RMCP_LAYER: Server = Server {
    package: "rmcp-layer",
    title: "rmcp, workos-mcp without default features",
    rmcp: true,
    ours: Some(SMALLEST),
    source: include_str!("servers/rmcp_layer.rs"),
};

pub(crate) const AXUM_ALONE: Server = Server {
    package: "axum-alone",
    title: "axum",
    rmcp: false,
    ours: None,
    source: include_str!("servers/axum_alone.rs"),
};

pub(crate) const AXUM_LAYER: Server = Server {
    package: "axum-layer",
    title: "axum, workos-mcp without default features",
    rmcp: false,
    ours: Some(SMALLEST),
    source: include_str!("servers/axum_layer.rs"),
};

pub(crate) const ALL: [Server; 5] = [RMCP_ALONE, RMCP_OURS, RMCP_LAYER, AXUM_ALONE, AXUM_LAYER];

impl Server {
    /// All servers have axum and tokio, with no more of them than a server needs: nothing of ours hides in there.
    pub(crate) fn dependencies(&self, library: &str) -> String {
        let mut lines = vec![
            "axum = { version = '0.8', default-features = false, features = ['http1', 'tokio'] }"
                .to_owned(),
            "tokio = { version = '1', features = ['macros', 'net', 'rt-multi-thread'] }".to_owned(),
        ];
        if self.rmcp {
            lines.push(
                "rmcp = { version = '3', default-features = false, features = ['macros', 'server', 'transport-streamable-http-server'] }"
                    .to_owned(),
            );
        }
        if let Some(ours) = self.ours {
            lines.push(format!("workos-mcp = {}", ours.replace("{}", library)));
        }
        lines.join("\n")
    }
}
