//! `Deploy.ps1`: the same text for every project; it reads `deployment.json`.
//!
//! Nothing of a project is written into it, so no name can break out of a quotation. Its parts are one topic each, in
//! `templates/deploy/script/`, put together in this order. It is plain ASCII: Windows PowerShell 5.1 reads a script
//! without byte-order mark in the server's ANSI code page.

/// The parts in order.
const PARTS: &[&str] = &[
    include_str!("../../templates/deploy/script/00-head.ps1"),
    include_str!("../../templates/deploy/script/10-output.ps1"),
    include_str!("../../templates/deploy/script/20-native.ps1"),
    include_str!("../../templates/deploy/script/30-manifest.ps1"),
    include_str!("../../templates/deploy/script/35-file.ps1"),
    include_str!("../../templates/deploy/script/35-property.ps1"),
    include_str!("../../templates/deploy/script/40-journal.ps1"),
    include_str!("../../templates/deploy/script/50-service.ps1"),
    include_str!("../../templates/deploy/script/52-kept.ps1"),
    include_str!("../../templates/deploy/script/55-system.ps1"),
    include_str!("../../templates/deploy/script/60-probe.ps1"),
    include_str!("../../templates/deploy/script/64-hosts.ps1"),
    include_str!("../../templates/deploy/script/65-front.ps1"),
    include_str!("../../templates/deploy/script/65-nginx.ps1"),
    include_str!("../../templates/deploy/script/66-iis.ps1"),
    include_str!("../../templates/deploy/script/67-arr.ps1"),
    include_str!("../../templates/deploy/script/68-iis-site.ps1"),
    include_str!("../../templates/deploy/script/70-plan.ps1"),
    include_str!("../../templates/deploy/script/71-record.ps1"),
    include_str!("../../templates/deploy/script/75-step.ps1"),
    include_str!("../../templates/deploy/script/76-package.ps1"),
    include_str!("../../templates/deploy/script/77-remove.ps1"),
    include_str!("../../templates/deploy/script/80-verbs.ps1"),
    include_str!("../../templates/deploy/script/84-check-front.ps1"),
    include_str!("../../templates/deploy/script/85-check.ps1"),
    include_str!("../../templates/deploy/script/86-address.ps1"),
    include_str!("../../templates/deploy/script/87-prepare.ps1"),
    include_str!("../../templates/deploy/script/88-collect.ps1"),
    include_str!("../../templates/deploy/script/95-main.ps1"),
];

/// The script, with the line ends of Windows.
pub fn deploy_script() -> String {
    PARTS.concat().replace('\n', "\r\n")
}
