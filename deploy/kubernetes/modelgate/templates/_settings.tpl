{{/* All variables of a service as JSON: those of its Secrets and names, then those of `settings`.
     Arguments: root, service. */}}
{{- define "modelgate.variables" -}}
{{- $settings := .root.Values.settings -}}
{{- $own := index $settings .service | default dict -}}
{{- $variables := dict "STORE_DIR" "/store" -}}
{{- range include "modelgate.secretFiles" . | fromJsonArray -}}
{{- $_ := set $variables .variable (printf "/etc/modelgate/%s" .file) -}}
{{- end -}}
{{- $variables = mergeOverwrite $variables (deepCopy $settings.common) (deepCopy $own) -}}
{{- if eq .service "notifier" -}}
{{- $webhooks := .root.Values.secrets.webhooks -}}
{{- $_ := set $variables "GATEKEEPER_WEBHOOKS" (dict "secret" $webhooks.name "key" $webhooks.key) -}}
{{- else if eq .service "trainer" -}}
{{- /* The waiting trainer warns if this is not set. */ -}}
{{- with get .root.Values.settings.gatekeeper "GATEKEEPER_CONFIDENCE" -}}
{{- if eq $.role "waiting-trainer" -}}{{- $_ := set $variables "GATEKEEPER_CONFIDENCE" . -}}{{- end -}}
{{- end -}}
{{- else -}}
{{- $allowed := printf "%s_ALLOWED_HOSTS" (upper .service) -}}
{{- $hosts := include "modelgate.hosts" (dict "root" .root "role" .service) -}}
{{- $_ := set $variables $allowed (list $hosts (get $own $allowed) | compact | join ",") -}}
{{- end -}}
{{- $variables | toJson -}}
{{- end -}}

{{/* These variables as a container's `env`. A number keeps its digits: 16777216, not 1.6777216e+07. */}}
{{- define "modelgate.env" -}}
{{- range $name, $value := include "modelgate.variables" . | fromJson }}
- name: {{ $name }}
  {{- if kindIs "map" $value }}
  valueFrom: {secretKeyRef: {name: {{ $value.secret }}, key: {{ $value.key | quote }}}}
  {{- else if kindIs "string" $value }}
  value: {{ $value | quote }}
  {{- else }}
  value: {{ $value | toRawJson | quote }}
  {{- end }}
{{- end }}
{{- end -}}
