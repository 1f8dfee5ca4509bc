//! What each fault of the key endpoint costs.

use crate::Failure;

pub(crate) async fn run() -> Result<bool, Failure> {
    Err("not yet".into())
}
