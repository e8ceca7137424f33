//! A plain Goose load test: every user posts one login body over and over and reads the answer.
//!
//! In: Goose's own options, and `LOGIN_BODY` in the environment. Out: Goose's own percentiles, as one line of JSON.

use std::env;
use std::sync::LazyLock;

use goose::client::GooseClientBuilder;
use goose::prelude::*;

static BODY: LazyLock<String> = LazyLock::new(|| env::var("LOGIN_BODY").unwrap_or_default());

async fn login(user: &mut GooseUser) -> TransactionResult {
    let answer = user.post("/v1/login", BODY.as_str()).await?;
    if let Ok(response) = answer.response {
        // An answer that is not read to its end costs the connection.
        let _ = response.text().await;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), GooseError> {
    // One client for all users. With one each, Goose's default, thousands of users take seconds and a gigabyte to build.
    let client = GooseClientBuilder::new().without_cookies();
    let metrics = GooseAttack::initialize()?
        .set_client_builder_without_cookies(client)?
        .register_scenario(scenario!("login").register_transaction(transaction!(login)))
        .execute()
        .await?;
    for request in metrics.requests.values() {
        let times = request
            .coordinated_omission_data
            .as_ref()
            .unwrap_or(&request.raw_data);
        let ms = |share| times.percentile_us(share) as f64 / 1000.0;
        println!(
            "{}",
            serde_json::json!({
                "p50": ms(0.5), "p90": ms(0.9), "p99": ms(0.99),
                "successes": request.success_count, "failures": request.fail_count,
            })
        );
    }
    Ok(())
}
