use std::error::Error;

use axum::{Router, routing::get};
use tokio::net::TcpListener;

async fn hello() -> Result<String, String> {
    Ok("hello".to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    axum::serve(listener, Router::new().route("/hello", get(hello))).await?;
    Ok(())
}
