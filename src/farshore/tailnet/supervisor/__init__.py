"""A tailscaled of Farshore's own, as a child process.

`keeper` starts it, logs it in, watches it and starts it again; `state` decides what comes next; `login` speaks to it
with the key (`oauth_key` gets one); `child` is the process, `launch` what makes it die with us, `lines` what it says.
"""
