{{/* The specification of a training Job. Arguments: root, arguments of the trainer, and final:
     the exit statuses after which another attempt would not help. */}}
{{- define "modelgate.trainingJob" -}}
{{- $this := dict "root" .root "service" "trainer" "role" "trainer" "writes" (list "candidates") -}}
backoffLimit: 2
activeDeadlineSeconds: {{ int64 .root.Values.trainer.deadlineSeconds }}
# 2 is bad settings or data, 3 is a refusal with --require-promotion. After 4 the gatekeeper still decides about the
# published candidate. A repeated first training waits for it, and any other would publish a second one.
podFailurePolicy:
  rules:
    - action: FailJob
      onExitCodes: {containerName: trainer, operator: In, values: {{ .final | toJson }}}
      onPodConditions: []  # Kubernetes 1.28 requires the field
    - action: Ignore
      onPodConditions: [{type: DisruptionTarget, status: "True"}]
template:
  metadata: {{- include "modelgate.podMetadata" $this | nindent 4 }}
  spec:
    {{- include "modelgate.podSpec" $this | nindent 4 }}
    restartPolicy: Never
    initContainers:
      {{- include "modelgate.waitForStore" $this | nindent 6 }}
    containers:
      - name: trainer
        args: {{ .arguments | toJson }}
        {{- include "modelgate.container" $this | nindent 8 }}
{{- end -}}
