{{/*
What every pod has: no root, no token, no word from other Services, and where it may run.
(dict "root" $ "component" "worker" "values" .Values.worker "user" 65532)
*/}}
{{- define "carillon.pod" -}}
serviceAccountName: {{ include "carillon.fullname" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
  {{- with .sysctls }}
  sysctls: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Pods of a service lie apart, those of each version by themselves. */}}
{{- define "carillon.spread" -}}
{{- $spread := .root.Values.topologySpread -}}
{{- if $spread.enabled }}
topologySpreadConstraints:
  {{- range $spread.keys }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: {{ $spread.whenUnsatisfiable }}
    labelSelector:
      matchLabels: {{- include "carillon.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}

{{/* What every container has. */}}
{{- define "carillon.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* The labels and annotations of a component's pods. (… "values" .Values.worker "checksum" text) */}}
{{- define "carillon.podMetadata" -}}
labels:
  {{- include "carillon.labels" . | nindent 2 }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if or .checksum .values.podAnnotations }}
annotations:
  {{- with .checksum }}
  # Files that it reads at its start only.
  checksum/config: {{ sha256sum . }}
  {{- end }}
  {{- with .values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/*
/healthz answers from the start, also while a store is waited for or a schema is brought up to date: so only what does not turn
is killed. /readyz answers within 2 s.
*/}}
{{- define "carillon.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: admin }
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: admin }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: admin }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/*
How a Deployment is replaced: one pod more, none less, and the next not before those who ask the DNS know the last one.
(… "minReady" 40)
*/}}
{{- define "carillon.rollout" -}}
revisionHistoryLimit: 5
{{- with .minReady }}
minReadySeconds: {{ . }}
# Kubernetes refuses one that is not longer than that. The 600 s more, its own default, are to get ready in.
progressDeadlineSeconds: {{ add 600 . }}
{{- end }}
strategy:
  type: RollingUpdate
  rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
{{- end }}

{{/*
Of a Deployment whose number an autoscaler says: the number that helm has to say all the same, or nothing. Where helm said one
before and says none now, the cluster takes it back, and 1 is what is left. So when the autoscaler is turned on, the number that
is there stays in the chart's word, from then on; a note says so.
*/}}
{{- define "carillon.keptReplicas" -}}
{{- $name := printf "%s-%s" (include "carillon.fullname" .root) .component -}}
{{- $there := lookup "apps/v1" "Deployment" .root.Release.Namespace $name -}}
{{- $scaler := lookup "autoscaling/v2" "HorizontalPodAutoscaler" .root.Release.Namespace $name -}}
{{- $noted := hasKey (dig "metadata" "annotations" dict $there) "carillon/replicas" -}}
{{- if and .values.autoscaling.enabled $there (or $noted (not $scaler)) -}}
{{- $there.spec.replicas -}}
{{- end -}}
{{- end }}

{{/* The head of a Deployment that may be scaled by load. */}}
{{- define "carillon.scaled" -}}
{{- $kept := include "carillon.keptReplicas" . -}}
metadata:
  {{- include "carillon.metadata" . | nindent 2 }}
  {{- if $kept }}
  annotations: { carillon/replicas: kept }
  {{- end }}
spec:
  {{- if not .values.autoscaling.enabled }}
  replicas: {{ .values.replicas }}
  {{- else if $kept }}
  replicas: {{ $kept }}
  {{- end }}
{{- end }}

{{/* Plain variables: the last of the maps goes before those before it. (list map map) */}}
{{- define "carillon.variables" -}}
{{- $all := dict -}}
{{- range . }}{{ $all = mergeOverwrite $all (deepCopy (. | default dict)) }}{{ end -}}
{{- range $name, $value := $all }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}
