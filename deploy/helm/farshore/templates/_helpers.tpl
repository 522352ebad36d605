{{- define "farshore.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "farshore.selector" -}}
app.kubernetes.io/name: farshore
app.kubernetes.io/instance: {{ include "farshore.name" . }}
{{- end }}

{{- define "farshore.labels" -}}
{{ include "farshore.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "farshore.metadata" -}}
namespace: {{ .Release.Namespace }}
labels: {{- include "farshore.labels" . | nindent 2 }}
{{- end }}

{{- /* What the pod's configuration file holds. */ -}}
{{- define "farshore.config" -}}
{{- $config := dict "listen_host" "0.0.0.0" "health" "0.0.0.0:9808" "routes" .Values.routes -}}
{{- if eq .Values.tailscale.mode "child" -}}
{{- $child := dict "auth_key_file" "/etc/farshore/tailscale/authkey" -}}
{{- if eq .Values.kind "StatefulSet" }}{{ $_ := set $child "state_dir" "/var/lib/farshore/tailscaled" }}{{ end -}}
{{- with .Values.tailscale.loginServer }}{{ $_ := set $child "login_server" . }}{{ end -}}
{{- with .Values.tailscale.hostname }}{{ $_ := set $child "hostname" . }}{{ end -}}
{{- with .Values.tailscale.tags }}{{ $_ := set $child "tags" . }}{{ end -}}
{{- $_ := set $config "tailscaled" $child -}}
{{- else -}}
{{- $egress := dict "kind" "tailscaled" "socket" "/var/run/tailscale/tailscaled.sock" -}}
{{- $_ := set $config "egresses" (dict "tailnet" $egress) -}}
{{- end -}}
{{- mustMergeOverwrite (deepCopy .Values.config) $config | toYaml -}}
{{- end }}

{{- /* The ports of a route's Service: the listening ones, and those of an ftp route's data connections. As JSON. */ -}}
{{- define "farshore.ports" -}}
{{- $ports := list -}}
{{- range compact (list .listen .data_ports) -}}
{{- $ends := splitList "-" (toString .) -}}
{{- range untilStep (atoi (first $ends)) (add1 (atoi (last $ends)) | int) 1 -}}
{{- $ports = append $ports . -}}
{{- end -}}
{{- end -}}
{{- if gt (len $ports) 1000 }}{{ fail (printf "routes: %s has %d ports, and a Service takes 1000: narrow its range" .name (len $ports)) }}{{ end -}}
{{- toJson $ports -}}
{{- end }}

{{- define "farshore.unprivileged" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
