{{/* The prefix of all names. A name of a CronJob has at most 52 characters. */}}
{{- define "modelgate.name" -}}
{{- if regexMatch "^[0-9]" .Release.Name -}}
{{- fail (printf "The release %q begins with a digit, and names of Services cannot. Use another name, such as modelgate-%s." .Release.Name .Release.Name) -}}
{{- end -}}
{{- if gt (len .Release.Name) 32 -}}
{{- fail (printf "The name of the release has %d characters, and 32 are allowed, because names of Jobs are longer. Use a shorter name than %q." (len .Release.Name) .Release.Name) -}}
{{- end -}}
{{- .Release.Name -}}
{{- end -}}

{{/* The labels that select the pods of a role. Arguments: root, role. */}}
{{- define "modelgate.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}

{{/* The labels of an object. Arguments: root, role. */}}
{{- define "modelgate.labels" -}}
{{ include "modelgate.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | quote }}
{{- end -}}

{{/* The image of a service. Arguments: root, service. */}}
{{- define "modelgate.image" -}}
{{- $images := .root.Values.images -}}
{{- $image := index $images (ternary "gatekeeper" .service (eq .service "notifier")) -}}
{{- if $images.registry }}{{ trimSuffix "/" $images.registry }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $images.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* The claim of the store. */}}
{{- define "modelgate.claim" -}}
{{- .Values.store.existingClaim | default (printf "%s-store" (include "modelgate.name" .)) -}}
{{- end -}}

{{/* The names of a Service in the cluster's DNS, besides its short one. Arguments: root, role. */}}
{{- define "modelgate.hosts" -}}
{{- $name := printf "%s-%s.%s" (include "modelgate.name" .root) .role .root.Release.Namespace -}}
{{- list $name (printf "%s.svc" $name) (printf "%s.svc.%s" $name .root.Values.clusterDomain) | join "," -}}
{{- end -}}
