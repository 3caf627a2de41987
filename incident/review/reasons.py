"""What each reason of the ledger means: which rule decided, and in a sentence why. Pure.

The reasons are the ledger's own words (docs/channels.md); a new one without a sentence here fails a test.
"""

from __future__ import annotations

from incident.channel.port import UNKNOWN

PASSES = {
    "wrong_side": ("pass side", "a drill reaches nobody who is not marked for drills, and the reverse"),
    "no_address": ("pass address", "there is no address of the kind that this channel needs"),
    "suppression_list": ("pass suppress", "the address stands on the suppression list"),
    "opt_out": ("pass choice", "the person wants no messages by this channel, or none at all"),
    "not_chosen": ("pass choice", "the person chose other channels"),
    "same_address": ("pass dedupe", "another recipient of this notice has the same address on this channel"),
    "expired": ("pass expire", "the notice's time was over: its words might not have been true any more"),
    "opt_out_overridden": ("legal_basis of the step", "sent in spite of an opt-out, because the law obliges"),
    "reached_before": ("channels of the step", "a channel before it in the chain had reached the person"),
    "channel_down": ("channels of the step", "the channel was down, and another one stands behind it in the chain"),
    "not_told": ("the audience of a correction", "what it corrects had not reached the person, and never will"),
    "superseded": ("supersede of a newer notice", "a newer notice took its place before this one was out"),
}
HANDS = {
    "stopped": ("a person", "somebody stopped the broadcast"),
    "incident_cancelled": ("a person", "the incident was cancelled as a false alarm"),
    "incident_merged": ("a person", "the incident was merged into another one, which speaks from then on"),
    "dropped": ("a person", "nobody knew whether it had arrived, and somebody decided to leave it"),
    "held": ("a person", "somebody holds the broadcast"),
}
RULES = {
    "canary": ("canary of the step", "the first few were sent, and the rest waits for a person"),
    "hard_bounce": ("pause_if of the step", "too many addresses did not exist"),
    "error": ("pause_if of the step", "too many attempts failed"),
    "stale": ("stale_after of the settings", "nobody had been sending for too long; a person must look first"),
    "fallback": ("channels of the step", "the channel before it in its chain did not reach the person"),
    "restored": ("a backup was restored", "what left the house since the backup was made is not known here"),
    "quiet_hours": ("quiet_hours of the step", "it waits until the quiet hours are over"),
    "stopped_account": ("the account's breaker", "the account failed, or asked for rest; it is tried again by and by"),
    "no_channel": ("channels of the settings", "the channel is not in incident.yaml any more"),
    "no_worker": ("no worker works", "it is due, and nobody sends it: incident work"),
    "deferred": ("retry of the settings", "it was put off, and is tried again later"),
    "gave_up": ("retry of the settings", "it was tried as often as it may be"),
    "process_died": ("on_unknown of the channel", "the sender died with it in hand; it may have arrived"),
}
SERVERS = {
    "unreachable": "the server could not be reached",
    "interrupted": "the connection broke before the message was handed over",
    "tls": "the server could not prove who it is, or offers no encryption",
    "busy": "the server asked to come back later",
    "rate": "the server said that we were too fast",
    "mailbox_full": "the mailbox is full",
    "greylisted": "the server puts off a first contact on purpose",
    "not_authorised": "our login was refused",
    "storage": "the disk is full or read-only",
    "bad_address": "there is nobody at this address",
    "blocked": "the server's policy forbids it",
    "too_large": "it is too large for the server",
    "bad_content": "the server does not accept this text",
    "misconfigured": "the channel's URL leads to something else",
    "rejected": "the server said no for good, and not why",
    "no_reply": "it was handed over, then the connection broke: it may have arrived",
    "timeout": "it was handed over, then the server was silent: it may have arrived",
    "unclear": "the server's answer says neither yes nor no",
}

KNOWN = {**PASSES, **HANDS, **RULES, **{name: ("the server", words) for name, words in SERVERS.items()}}
_UNKNOWN = (*UNKNOWN, "process_died", "restored", "dropped")
"""Why nobody knows. With any other reason an unknown row tells why it was not tried once more, or not with success."""

STATES = {
    "accepted": "the channel took it",
    "pending": "it has not been tried yet",
    "standby": "it waits for what becomes of the channel before it",
    "deferred": "it is tried again later",
}


def why(state: str, reason: str | None) -> tuple[str, str]:
    """(the rule, the sentence) for a row of the ledger or a broadcast in that state."""
    if state == "unknown" and reason and reason not in _UNKNOWN:
        rule, words = KNOWN.get(reason, ("the ledger", reason.replace("_", " ")))
        return rule, f"an attempt of it may have arrived, and it was not sent again: {words}"
    if reason:
        return KNOWN.get(reason, ("the ledger", reason.replace("_", " ")))
    return "", STATES.get(state, "")
