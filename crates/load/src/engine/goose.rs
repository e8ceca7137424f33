//! The one door to Goose: it starts every slot as a Goose user and schedules them.
//!
//! Its HTTP client, its metrics, its reports, its controllers and its signal handler are not used. A slot's life is
//! one transaction, so that Goose adds nothing to an arrival.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use goose::GooseAttack;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction};

use trtc_base::error::Problem;

/// Slots of one scenario.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) slots: u32,
}

/// One slot's life, for the group of that index.
pub(super) type SlotLife = Arc<dyn Fn(usize) -> BoxFuture<'static, ()> + Send + Sync>;

/// Starts the slots of every group. Goose's users are never over for Goose: this resolves only where they could not be
/// started, and is dropped when the slots' own count says that all have ended.
///
/// Goose deals users out by weight, in rounds of the weights over their common divisor. With as many users as the
/// weights add up to, the rounds come out even and every group gets exactly its slots.
pub(super) async fn run_slots(groups: &[Group], life: SlotLife) -> Result<(), Problem> {
    // Goose resets the global log level on its way; nothing here logs through it.
    log::set_max_level(log::LevelFilter::Off);
    let mut attack = GooseAttack::initialize_with_config(configuration(groups)).map_err(problem)?;
    for (index, group) in groups.iter().enumerate() {
        let life = life.clone();
        let transaction: TransactionFunction = Arc::new(move |_user: &mut GooseUser| {
            let slot = life(index);
            Box::pin(async move {
                slot.await;
                // Goose would begin the transaction again, and can only be told otherwise by a setting that makes it
                // print. The run does not wait for it.
                std::future::pending().await
            })
        });
        let scenario = Scenario::new(&group.name)
            .register_transaction(Transaction::new(transaction))
            .set_weight(usize::try_from(group.slots).unwrap_or(usize::MAX))
            .map_err(problem)?;
        attack = attack.register_scenario(scenario);
    }
    let builder = goose::client::GooseClientBuilder::new().without_cookies();
    let attack = attack.set_client_builder_without_cookies(builder);
    let attack = attack.map_err(problem)?;
    Box::pin(attack.execute())
        .await
        .map(|_| ())
        .map_err(problem)
}

fn configuration(groups: &[Group]) -> GooseConfiguration {
    let slots: u64 = groups.iter().map(|group| u64::from(group.slots)).sum();
    let mut configuration = GooseConfiguration::default();
    // Goose wants a host; no request of ours goes through it.
    configuration.host = Some("http://127.0.0.1/".into());
    configuration.users = Some(usize::try_from(slots).unwrap_or(usize::MAX));
    configuration.increase_rate = Some("100000".into());
    configuration.no_telnet = true;
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.quiet = 3;
    configuration
}

fn problem(error: goose::GooseError) -> Problem {
    Problem::could_not_run(
        "slots",
        format!("the slots could not be started: {error}"),
        "lower limits.slots; if it stays, report it with the profile",
    )
}
