{{/* The files that a service gets from Secrets, as JSON: variable, name, key, file. Arguments: root, service. */}}
{{- define "modelgate.secretFiles" -}}
{{- $secrets := .root.Values.secrets -}}
{{- $files := list -}}
{{- if eq .service "trainer" -}}
{{- $files = append $files (dict "variable" "TRAINER_SIGNING_KEY" "secret" $secrets.trainerKey "file" "signing-key.pem") -}}
{{- else if eq .service "gatekeeper" -}}
{{- $files = append $files (dict "variable" "GATEKEEPER_TOKEN_FILE" "secret" $secrets.gatekeeperToken "file" "token") -}}
{{- $files = append $files (dict "variable" "GATEKEEPER_TRAINER_KEYS" "secret" $secrets.trainerPublicKeys "file" "trainer-keys.pem") -}}
{{- $files = append $files (dict "variable" "GATEKEEPER_SIGNING_KEY" "secret" $secrets.gatekeeperKey "file" "signing-key.pem") -}}
{{- $files = append $files (dict "variable" "GATEKEEPER_TLS_CERT" "secret" (dict "name" $secrets.gatekeeperTls.name "key" "tls.crt") "file" "tls.crt") -}}
{{- $files = append $files (dict "variable" "GATEKEEPER_TLS_KEY" "secret" (dict "name" $secrets.gatekeeperTls.name "key" "tls.key") "file" "tls.key") -}}
{{- else if eq .service "notifier" -}}
{{- $files = append $files (dict "variable" "GATEKEEPER_WEBHOOK_SECRET_FILE" "secret" $secrets.webhookSecret "file" "webhook-secret") -}}
{{- else -}}
{{- $files = append $files (dict "variable" "PREDICTOR_GATEKEEPER_KEYS" "secret" $secrets.gatekeeperPublicKeys "file" "gatekeeper-keys.pem") -}}
{{- $files = append $files (dict "variable" "PREDICTOR_API_KEYS_FILE" "secret" $secrets.predictorApiKeys "file" "api-keys") -}}
{{- $files = append $files (dict "variable" "PREDICTOR_TLS_CERT" "secret" (dict "name" $secrets.predictorTls.name "key" "tls.crt") "file" "tls.crt") -}}
{{- $files = append $files (dict "variable" "PREDICTOR_TLS_KEY" "secret" (dict "name" $secrets.predictorTls.name "key" "tls.key") "file" "tls.key") -}}
{{- end -}}
{{- $found := list -}}
{{- range $files }}{{ if .secret.name }}{{ $found = append $found . }}{{ end }}{{ end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* The volume with these files, which belong to root. Only this pod sees them. An fsGroup could close them to others,
     but would also make the whole store writable for this user. */}}
{{- define "modelgate.secretVolume" -}}
{{- with include "modelgate.secretFiles" . | fromJsonArray }}
- name: secrets
  projected:
    defaultMode: 0444
    sources:
      {{- range . }}
      - secret:
          name: {{ .secret.name }}
          items:
            - {key: {{ .secret.key | quote }}, path: {{ .file }}}
      {{- end }}
{{- end }}
{{- end -}}
