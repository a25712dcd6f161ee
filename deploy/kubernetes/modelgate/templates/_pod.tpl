{{/* What the pods of all services share. Arguments: root, service, and role, which names the pods. */}}
{{- define "modelgate.podMetadata" -}}
{{- $values := index .root.Values .service -}}
labels:
  {{- include "modelgate.labels" . | nindent 2 }}
  {{- with $values.podLabels }}{{ toYaml . | nindent 2 }}{{ end }}
{{- with $values.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A pod's specification without volumes of its own. The list of volumes is its end, so that others can follow. */}}
{{- define "modelgate.barePodSpec" -}}
{{- $values := index .root.Values .service -}}
automountServiceAccountToken: false
# Kubernetes would add variables such as MODELGATE_PREDICTOR_PORT for each Service.
enableServiceLinks: false
securityContext: {{- include "modelgate.podSecurity" . | nindent 2 }}
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if ne .root.Values.store.accessMode "ReadWriteMany" }}
# Only one node can mount the volume, so all pods of the release run where the first one runs.
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            app.kubernetes.io/name: {{ .root.Chart.Name }}
            app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}
volumes:
  - name: store
    persistentVolumeClaim: {claimName: {{ include "modelgate.claim" .root }}}
  - name: tmp
    emptyDir: {medium: Memory, sizeLimit: {{ $values.tmp }}}
{{- end -}}

{{- define "modelgate.podSpec" -}}
{{- include "modelgate.barePodSpec" . }}
  {{- with include "modelgate.secretVolume" . | trim }}{{ . | nindent 2 }}{{ end }}
  {{- range $name := include "modelgate.mountNames" . | fromJsonArray }}
  - name: {{ $name }}
    {{- toYaml (index $.root.Values.mounts $name) | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The mounts of a service besides the store and /tmp: names in `mounts`, as JSON. */}}
{{- define "modelgate.mountNames" -}}
{{- $names := list -}}
{{- if and (eq .service "trainer") .root.Values.mounts.data }}{{ $names = append $names "data" }}{{ end -}}
{{- if .root.Values.mounts.examples }}{{ $names = append $names "examples" }}{{ end -}}
{{- $names | toJson -}}
{{- end -}}

{{- define "modelgate.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- if .root.Values.users.shared }}
# Kubernetes changes groups and modes of the whole volume only if its root differs.
fsGroupChangePolicy: OnRootMismatch
{{- with .root.Values.users.id }}
runAsUser: {{ int64 . }}
{{- end }}
{{- with .root.Values.users.group }}
runAsGroup: {{ int64 . }}
fsGroup: {{ int64 . }}
{{- end }}
{{- else }}
{{- $user := index (dict "trainer" 10001 "gatekeeper" 10002 "predictor" 10003 "notifier" 10004) .service }}
runAsUser: {{ $user }}
runAsGroup: {{ $user }}
{{- if ne .service "notifier" }}
# The group `rows` of the images, whose members may read rows and labels.
supplementalGroups: [10000]
{{- end }}
{{- end }}
{{- end -}}
