"""The page for people: is it working, since when, if not which hop, what is being done, what should I do.

`pulse` remembers what the page needs of what happened; `hops`, `headline` and `compose` decide what it says and do no
I/O; `model` is what is shown; `render` writes it as HTML; `site` and `stream` answer browsers; `guard` keeps strangers
out. Templates and static files are beside them, what others wrote under `static/vendor`. The page reads the gateway
through `views` like the admin API, and never touches the data path.
"""
