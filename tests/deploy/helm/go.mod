module farshore/tests/deploy/helm

go 1.26.6

require helm.sh/helm/v3 v3.22.0
