"""Threats on the way to others: logins, servers, addresses, packages, second copies."""

from tests.docs.security_threats import Threat

ON_THE_WAY = (
    Threat(
        number=9,
        words="Forged webhooks or postbacks are sent to the server.",
        ours="There is none to send to: updates are polled, order events come over Kite's socket and are hints only, proven by the order "
        "book. The one thing that may listen is the login callback, only while a login is pending.",
        tests=(
            "listener::it_is_open_only_while_a_login_is_pending",
            "listener::what_is_not_the_redirect_of_a_pending_login_is_a_bare_404_and_uses_nothing_up",
            "listener::garbage_gets_nothing_and_the_login_goes_on",
        ),
    ),
    Threat(
        number=19,
        words="A request token is caught on its way back, or somebody has the owner log in to another account.",
        ours="Each login has a random state, bound to its account, used once, void after its time. The callback is HTTPS or this machine. The user id "
        "that Kite answers with must be that of the account.",
        tests=(
            "states::a_state_nobody_made_opens_nothing",
            "states::a_state_is_used_once_and_the_next_button_has_another",
            "states::after_its_time_a_button_opens_nothing_and_there_is_a_new_one",
            "session::another_clients_login_is_refused_with_the_mend",
            "listener::the_page_holds_no_secret_and_leaves_no_trace",
        ),
    ),
    Threat(
        number=20,
        words="A false login page, a false Kite, a false Telegram: `.env` or DNS leads elsewhere.",
        ours="Certificates are always verified, addresses are HTTPS, redirects are not followed, the environment's proxies are not used for Kite. "
        "A server that is not the real one is named at every start, by the doctor and before LIVE.",
        tests=(
            "dial::an_untrusted_certificate_means_not_sent",
            "dial::a_certificate_of_another_host_means_not_sent",
            "session::the_exchange_trusts_the_extra_authority_and_no_other",
            "session::a_login_adds_no_authority_to_those_that_orders_are_sent_by",
            "session::a_proxy_of_the_environment_is_ignored",
            "wire::a_redirect_is_not_followed",
            "network::a_server_whose_certificate_nobody_we_know_signed_hears_no_token",
            "mail::a_certificate_of_nobody_we_know_ends_it_before_the_password",
            "servers::certificates_are_verified_everywhere",
            "servers::a_server_that_is_not_the_real_one_is_named",
        ),
        open="certificates are not pinned: an authority that the system trusts and that signs falsely is believed",
    ),
    Threat(
        number=21,
        words="Kite's password and code are stolen from the server.",
        ours="They are never there: a person logs in each day on Kite's own page. No setting could hold them.",
        tests=("servers::no_setting_takes_what_a_login_at_kite_is_made_of",),
    ),
    Threat(
        number=22,
        words="Orders leave from an address that Kite has not registered, or by another account's way out.",
        ours="Each account has its own way out (`PROXY`), over IPv4; `copytrader check --online` and the list before LIVE try it for each account.",
        tests=(
            "online::every_account_is_asked_and_each_ill_is_told_with_its_mend",
            "dial::other_machines_are_reached_over_ipv4_and_tls_only",
            "dial::a_proxy_that_refuses_means_not_sent",
        ),
    ),
    Threat(
        number=24,
        words="A package that we install is replaced, or a hole in one becomes known.",
        ours="Every package is pinned with the hashes of its files, and anything else is not installed. `make audit` looks up known holes and names "
        "files that run by themselves; `make sbom` writes what is in it.",
        tests=(
            "lock::a_package_that_is_not_the_one_of_the_lock_is_not_installed",
            "lock::every_package_is_pinned_and_has_a_hash",
            "lock::whatever_installs_from_the_lock_asks_for_its_hashes",
            "lock::what_could_not_be_looked_up_is_never_called_free_of_holes",
            "lock::a_file_that_runs_code_at_every_start_is_named",
            "deploy::what_only_tests_need_is_not_in_the_image_and_all_else_is",
        ),
        open="`make audit` needs pypi.org and is not part of the gate; the lock may hold packages that are younger than a week; outside "
        "of the image some may be built from source. The wheel by itself (`pip install kitecopytrader`) pins nothing",
    ),
    Threat(
        number=30,
        words="A copy of the installation, stolen or forgotten, sends as well.",
        ours="One instance per data folder; orders under our tag that this journal did not send freeze entries everywhere until a person has looked.",
        tests=(
            "instance::a_second_process_is_refused_and_told_the_first_ones_id",
            "fence::an_order_of_our_tag_that_the_journal_lacks_freezes_entries_of_every_account_at_once",
        ),
    ),
    Threat(
        number=31,
        words="An env file that a stranger has put into a folder names commands, or servers of his, to whoever works there.",
        ours="Names that are offered by the Tab key are letters only; setup names each server that is not the real one before anything is typed.",
        tests=(
            "tab::a_name_that_is_a_command_is_not_run",
            "strange::a_server_that_is_not_the_real_one_is_named_before_anything_is_typed",
            "strange::an_address_that_no_secret_may_be_sent_to_ends_it_before_a_question",
        ),
    ),
    Threat(
        number=32,
        words="A name comes to stand for another Kite account, or an account for two names, by a slip or on purpose.",
        ours="No login counts while copies under its name are in another account; one account never runs under two names; a start by the machine takes nothing in that an owner has not agreed to that day.",
        tests=(
            "elsewhere::it_is_refused_before_anything_can_leave_with_it",
            "twice::a_renamed_follower_waits_until_the_copies_under_his_old_name_are_gone",
            "twice::a_start_takes_the_exits_of_who_leaves_before_his_new_name",
            "begun::in_live_what_is_looser_waits_for_a_person_and_what_is_tighter_counts",
        ),
    ),
)
