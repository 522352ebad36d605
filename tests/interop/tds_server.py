"""Runs pysqlbridge with a certificate that its clients can know: `tds_server.py CERTIFICATE KEY pysqlbridge-flags...`.

The program makes a new one at each start and keeps it to itself, and python-tds wants to verify what it is shown.
"""

import sys

from pysqlbridge import certificate, server

if __name__ == "__main__":
    known = certificate.load(sys.argv[1], sys.argv[2])
    server.self_signed = lambda: known
    sys.argv = ["pysqlbridge", *sys.argv[3:]]
    server.main()
