{{/*
A server for development: one pod with a volume.
(dict "root" $ "component" "redis" "values" .Values.redis "user" 999 "port" 6379 "data" "/data" "container" text "volumes" text "grace" 30 "checksum" text)
*/}}
{{- define "carillon.store" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "carillon.metadata" . | nindent 2 }}
spec:
  replicas: 1
  serviceName: {{ include "carillon.fullname" .root }}-{{ .component }}
  selector:
    matchLabels: {{- include "carillon.selector" . | nindent 6 }}
  template:
    metadata:
      {{- include "carillon.podMetadata" . | nindent 6 }}
    spec:
      {{- include "carillon.pod" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ .grace }}
      {{- with .initContainers }}
      initContainers:
        {{- . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ .values.image }}
          {{- include "carillon.confined" . | nindent 10 }}
          ports:
            - { name: server, containerPort: {{ .port }} }
          resources: {{- toYaml .values.resources | nindent 12 }}
          {{- .container | nindent 10 }}
      volumes:
        - { name: tmp, emptyDir: {} }
        {{- .volumes | nindent 8 }}
  volumeClaimTemplates:
    - metadata: { name: data }
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .values.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources: { requests: { storage: {{ .values.size }} } }
---
apiVersion: v1
kind: Service
metadata:
  {{- include "carillon.metadata" . | nindent 2 }}
spec:
  selector: {{- include "carillon.selector" . | nindent 4 }}
  ports:
    - { name: server, port: {{ .port }}, targetPort: server }
{{- end }}

{{/* The files of deploy/ that a server reads: (dict "root" $ "component" "redis" "files" (dict "name" "text")) */}}
{{- define "carillon.storeFiles" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "carillon.metadata" . | nindent 2 }}
data:
  {{- range $name, $text := .files }}
  {{ $name }}: |
    {{- $text | nindent 4 }}
  {{- end }}
{{- end }}
