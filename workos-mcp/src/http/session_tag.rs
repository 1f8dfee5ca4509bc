//! The session ids of the older protocol versions, in the headers where they travel.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    bound_id::{BoundIds, Foreign, Kind},
    principal::Principal,
};

pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Puts the tag behind the id that an answer hands out.
pub(super) fn seal(ids: &BoundIds, headers: &mut HeaderMap, principal: &Principal) {
    let Some(id) = headers.get(SESSION_ID) else {
        return;
    };
    let sealed = id
        .to_str()
        .ok()
        .map(|id| ids.seal(Kind::Session, principal, id))
        .and_then(|sealed| HeaderValue::try_from(sealed).ok());
    // A header that cannot be made must not leave the id bare.
    match sealed {
        Some(sealed) => headers.insert(SESSION_ID, sealed),
        None => headers.remove(SESSION_ID),
    };
}

/// Checks the tag of the id that a request names, and takes it off.
pub(super) fn open(
    ids: &BoundIds,
    headers: &mut HeaderMap,
    principal: &Principal,
) -> Result<(), Foreign> {
    let mut named = headers.get_all(SESSION_ID).iter();
    let Some(sealed) = named.next() else {
        return Ok(());
    };
    if named.next().is_some() {
        return Err(Foreign);
    }
    let sealed = sealed.to_str().map_err(|_| Foreign)?;
    let id = ids.open(Kind::Session, principal, sealed)?;
    let id = HeaderValue::from_str(id).map_err(|_| Foreign)?;
    headers.insert(SESSION_ID, id);
    Ok(())
}
