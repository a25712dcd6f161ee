{{/* The container of a service. Arguments: root, service, and writes, the list of directories of the store
     that it writes; empty for all of it. */}}
{{- define "modelgate.container" -}}
{{- $values := index .root.Values .service -}}
image: {{ include "modelgate.image" . }}
imagePullPolicy: {{ .root.Values.images.pullPolicy }}
securityContext: {{- include "modelgate.confined" . | nindent 2 }}
env: {{- include "modelgate.env" . | trim | nindent 2 }}
resources: {{- toYaml $values.resources | nindent 2 }}
volumeMounts:
  {{- if .writes }}
  - {name: store, mountPath: /store, readOnly: true}
  {{- range .writes }}
  - {name: store, mountPath: /store/{{ . }}, subPath: {{ . }}}
  {{- end }}
  {{- else }}
  - {name: store, mountPath: /store}
  {{- end }}
  - {name: tmp, mountPath: /tmp}
  {{- if include "modelgate.secretFiles" . | fromJsonArray }}
  - {name: secrets, mountPath: /etc/modelgate, readOnly: true}
  {{- end }}
  {{- range include "modelgate.mountNames" . | fromJsonArray }}
  - {name: {{ . }}, mountPath: /app/{{ . }}, readOnly: true}
  {{- end }}
{{- end -}}

{{- define "modelgate.confined" -}}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
{{- end -}}

{{/* An init container that ends when the service may write its directories. Kubernetes would make a missing
     directory of a subPath itself, for root. Arguments: root, service, writes. */}}
{{- define "modelgate.waitForStore" -}}
- name: wait-for-store
  image: {{ include "modelgate.image" . }}
  imagePullPolicy: {{ .root.Values.images.pullPolicy }}
  command:
    - sh
    - -c
    - |
      {{- range .writes }}
      until [ -w /store/{{ . }} ]; do
        echo "Waiting until the gatekeeper's pod has prepared /store/{{ . }} for user $(id -u)."
        sleep 1
      done
      {{- end }}
  securityContext: {{- include "modelgate.confined" . | nindent 4 }}
  resources: {{- include "modelgate.initResources" . | nindent 4 }}
  volumeMounts:
    - {name: store, mountPath: /store}
{{- end -}}

{{- define "modelgate.initResources" -}}
requests: {cpu: 50m, memory: 64Mi}
limits: {cpu: 500m, memory: 256Mi}
{{- end -}}

{{/* Probes of a service. The kubelet does not verify certificates. A predictor whose paths all need a key cannot be
     asked by the kubelet, so a program in the container asks, which takes 401 for an answer.
     Arguments: root, service, port. */}}
{{- define "modelgate.probes" -}}
{{- $variables := include "modelgate.variables" . | fromJson -}}
{{- $prefix := upper .service -}}
{{- $scheme := ternary "HTTPS" "HTTP" (not (empty (get $variables (printf "%s_TLS_CERT" $prefix)))) -}}
{{- $needsKey := and (not (empty (get $variables "PREDICTOR_API_KEYS_FILE"))) (eq (get $variables "PREDICTOR_WITHOUT_KEY" | toString) "nothing") -}}
{{- $port := .port -}}
{{- range $probe := list
    (dict "name" "startupProbe" "path" "/livez" "period" 1 "timeout" 1 "failures" 60)
    (dict "name" "readinessProbe" "path" "/readyz" "period" 2 "timeout" 1 "failures" 2)
    (dict "name" "livenessProbe" "path" "/livez" "period" 10 "timeout" 5 "failures" 3) }}
{{ $probe.name }}:
  {{- if $needsKey }}
  exec: {command: [python, -m, deploy.containers.health_probe, "{{ $port }}", {{ $probe.path }}]}
  {{- else }}
  httpGet: {path: {{ $probe.path }}, port: http, scheme: {{ $scheme }}}
  {{- end }}
  periodSeconds: {{ $probe.period }}
  timeoutSeconds: {{ ternary 5 $probe.timeout $needsKey }}
  failureThreshold: {{ $probe.failures }}
{{- end }}
{{- end -}}
