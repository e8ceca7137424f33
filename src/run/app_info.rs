//! Tencent's own count of an app, asked for by an administrator outside of any run: nothing is measured, nobody logs in.
//!
//! In: a profile, one of its apps. Out: the answer's body. Where it may go is the run's own rule: this machine, or what
//! `target.allow_hosts` lists.

use std::time::Duration;

use super::threads::no_threads;
use super::{keys, preflight};
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_load_core::client::{Answer, Dial, TlsSessions};
use trtc_load_core::profile::{HttpUrl, Place, Profile};
use trtc_load_core::session::{Operation, Phases};
use trtc_usersig::{Key, SdkAppId, sign};
use trtc_wire::dialect::{Dialect, Values};

/// How long the service may take. The documents give their own back end 3 s.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the UserSig of the one request is valid, in seconds.
const VALID_FOR: u64 = 300;

/// The shipped dialect that asks as Tencent documents it.
const REST: &str = "tencent-rest";

/// The status of every answer that comes from the service itself.
const OK: u16 = 200;

/// Sends the request to the profile's target. Gives the answer's body, at most 1 MiB, and the address for messages.
///
/// # Errors
/// Where the target may not be asked, does not answer, or the app has no key.
pub(crate) fn fetch_app_info(
    profile: &Profile,
    app: SdkAppId,
) -> Result<(Vec<u8>, String), Vec<Problem>> {
    let one = |problem| vec![problem];
    let Place::Url(url) = &profile.target().place else {
        return Err(vec![Problem::bad_input(
            "target.url",
            "it is the built-in mock, which is there during a run only",
            "name a profile of a service that is up",
        )]);
    };
    let key = profile.apps().iter().find(|one| one.sdk_app_id == app);
    let key = key.map(keys::key_of).transpose().map_err(one)?.flatten();
    let Some(key) = key else {
        return Err(vec![Problem::bad_input(
            format!("apps: the key of {app}"),
            "there is none, and the administrator's UserSig is signed with it",
            "add `key = { env = \"TRTC_LOAD_KEY\" }`",
        )]);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| vec![no_threads(&fault)])?;
    let body = runtime.block_on(exchange(url, profile, app, &key));
    Ok((body.map_err(one)?, url.to_string()))
}

async fn exchange(
    url: &HttpUrl,
    profile: &Profile,
    app: SdkAppId,
    key: &Key,
) -> Result<Vec<u8>, Problem> {
    let endpoint = preflight::resolved(url, profile).await?;
    let endpoint = preflight::answering(endpoint).await?;
    preflight::sources(&endpoint, profile)?;
    let clock = Clock::start();
    let tls_sessions = TlsSessions::default();
    let dial = Dial {
        endpoint: &endpoint,
        slot: 0,
        tls_sessions: &tls_sessions,
        clock: &clock,
    };
    let text = rendered(endpoint.host_header(), profile, app, key);
    let mut scratch = Answer::new();
    let asking = async {
        let mut connection = dial.open(&mut Phases::default()).await?;
        connection.exchange(text, &mut scratch).await
    };
    let failed = |what: String| {
        Problem::could_not_run(
            url.to_string(),
            format!("getappinfo was not answered: {what}"),
            "check that the service is up and that the address is the one of your app's region",
        )
    };
    let head = match tokio::time::timeout(PATIENCE, asking).await {
        Ok(answered) => answered.map_err(|fault| failed(fault.name().to_owned()))?,
        Err(_) => return Err(failed(format!("no answer within {PATIENCE:?}"))),
    };
    if head.status != OK {
        return Err(failed(format!(
            "HTTP status {}, and the service's own answers have {OK}",
            head.status
        )));
    }
    Ok(scratch.body().to_vec())
}

/// The request's bytes, as the profile's dialect writes them, or the shipped one of the server REST API where that has no such
/// request. They hold the administrator's UserSig: they appear nowhere else.
fn rendered(host: &str, profile: &Profile, app: SdkAppId, key: &Key) -> Vec<u8> {
    let admin = &profile.admin().identifier;
    let user_sig = sign(app, admin, key, clock::unix_now(), VALID_FOR);
    // Another number in each request, so that no cache on the way answers.
    let random = (clock::unix_millis() % u64::from(u32::MAX)).to_string();
    let values = Values {
        sdk_app_id: app.0,
        admin: admin.as_str(),
        admin_sig: &user_sig,
        random: &random,
        ..Values::default()
    };
    let agent = format!("User-Agent: trtc-load/{}\r\n", env!("CARGO_PKG_VERSION"));
    let mut bytes = Vec::new();
    let mut render = |dialect: &Dialect| {
        let request = dialect.request(Operation::AppInfo)?;
        request.render(&values, host, &agent, &mut bytes);
        Some(())
    };
    if render(&profile.target().dialect).is_none()
        && let Some(rest) = Dialect::shipped(REST)
        && let Ok(rest) = Dialect::parse(rest, REST)
    {
        render(&rest);
    }
    bytes
}
