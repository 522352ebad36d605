"""Tells people and machines of alerts: webhook, Google Chat, Slack, Alertmanager, and the rest through Apprise.

`message` says it once, one codec per channel writes it, `outbox` holds what waits, `channel` delivers it, `notifier`
runs them all on a thread of its own. Which alerts there are is decided elsewhere; the gateway's event loop never
waits for anybody here, and no URL is ever told to a log.
"""
