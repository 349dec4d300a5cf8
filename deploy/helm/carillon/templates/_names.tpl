{{/* The start of every object's name. */}}
{{- define "carillon.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* What tells a component's pods from all others, for good: a selector cannot be changed. (dict "root" $ "component" "worker") */}}
{{- define "carillon.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* The labels of everything. */}}
{{- define "carillon.labels" -}}
{{ include "carillon.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: carillon
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
carillon/environment: {{ .root.Values.environment }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* An object of a component: (dict "root" $ "component" "worker" "name" "a-name"); the component's own name where none is given. */}}
{{- define "carillon.metadata" -}}
name: {{ .name | default (printf "%s-%s" (include "carillon.fullname" .root) .component) }}
namespace: {{ .root.Release.Namespace }}
labels: {{- include "carillon.labels" . | nindent 2 }}
{{- end }}

{{/* The image of one of ours. */}}
{{- define "carillon.image" -}}
{{ .root.Values.image.repository }}/{{ .component }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* Where the values of a component stand: `chat-service` has `chatService`. */}}
{{- define "carillon.key" -}}
{{ . | replace "-" "_" | camelcase | untitle }}
{{- end }}
