{{/* The Secret that is made once: what has to be drawn for this release. */}}
{{- define "carillon.madeSecret" -}}
{{ include "carillon.fullname" . }}-made
{{- end }}

{{- define "carillon.identitySecret" -}}
{{ .Values.identity.existingSecret | default (include "carillon.madeSecret" .) }}
{{- end }}

{{/* The Secret with the URLs of servers outside. */}}
{{- define "carillon.outsideSecret" -}}
{{ required "outside.existingSecret: name the Secret with the URLs of the servers that are not run here (docs/kubernetes.md)" .Values.outside.existingSecret }}
{{- end }}

{{/* Whether a bus is run here; "" where none is. */}}
{{- define "carillon.busInside" -}}
{{- if or .Values.mosquitto.enabled .Values.kafka.enabled }}yes{{ end -}}
{{- end }}

{{/*
The URLs of the bus that is run here, for a service: chat-service publishes to all; a broadcast node reads the first; the worker
reads Kafka where there is one. Without `secrets` they have no passwords: so a pod is replaced where they are others, and not
where `helm template` drew passwords anew. (dict "root" $ "component" "worker" "secrets" (dict "kafka-worker-password" "…"))
*/}}
{{- define "carillon.busUrls" -}}
{{- $full := include "carillon.fullname" .root -}}
{{- $secrets := .secrets | default dict -}}
{{- $mosquitto := .root.Values.mosquitto.enabled -}}
{{- $kafka := .root.Values.kafka.enabled -}}
{{- $urls := list -}}
{{- if and $mosquitto (not (and $kafka (eq .component "worker"))) -}}
{{- $urls = append $urls (printf "mqtt://%s:%s@%s-mosquitto:1883" .component (get $secrets (printf "mosquitto-%s-password" .component)) $full) -}}
{{- end -}}
{{- if and $kafka (not (and $mosquitto (eq .component "broadcast-sse"))) -}}
{{- $urls = append $urls (printf "kafka://%s:%s@%s-kafka:9093" .component (get $secrets (printf "kafka-%s-password" .component)) $full) -}}
{{- end -}}
{{- join " " $urls -}}
{{- end }}

{{/*
Where a service finds PostgreSQL, Redis and the bus, as variables. Their secrets are files.
(dict "root" $ "component" "worker" "redis" (list "JOBS_URL"))
*/}}
{{- define "carillon.servers" -}}
{{- $full := include "carillon.fullname" .root -}}
{{- $values := .root.Values -}}
{{- $variables := dict "BUS_URL_FILE" "/secrets/bus-url" "TOPICS_PREFIX" $values.topicsPrefix -}}
{{- if .history -}}
{{- if $values.postgresql.enabled -}}
{{- $_ := set $variables "DATABASE_HOST" (printf "%s-postgresql" $full) -}}
{{- $_ := set $variables "POSTGRES_DB" "carillon" -}}
{{- $_ := set $variables "POSTGRES_USER" "carillon" -}}
{{- $_ := set $variables "POSTGRES_PASSWORD_FILE" "/secrets/postgres-password" -}}
{{- else -}}
{{- $_ := set $variables "HISTORY_URL_FILE" "/secrets/history-url" -}}
{{- end -}}
{{- end -}}
{{- if .redis -}}
{{- if $values.redis.enabled -}}
{{- $_ := set $variables "REDIS_HOST" (printf "%s-redis" $full) -}}
{{- $_ := set $variables "REDIS_PASSWORD_FILE" "/secrets/redis-password" -}}
{{- else -}}
{{- range .redis }}{{ $_ := set $variables (printf "%s_FILE" .) "/secrets/redis-url" }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $values.tls.authorityConfigMap }}{{ $_ := set $variables "TLS_CA_FILE" "/authority/authority.pem" }}{{ end -}}
{{- toYaml $variables -}}
{{- end }}

{{/*
The same secrets as sources of a projected volume: each service has only those it needs.
(dict "root" $ "component" "worker" "history" true "redis" true)
*/}}
{{- define "carillon.serverSecrets" -}}
{{- $values := .root.Values -}}
{{- $made := list -}}
{{- $outside := list -}}
{{- if .history -}}
{{- if $values.postgresql.enabled }}{{ $made = append $made (dict "key" "postgres-password" "path" "postgres-password") }}
{{- else }}{{ $outside = append $outside (dict "key" $values.outside.historyKey "path" "history-url") }}{{ end -}}
{{- end -}}
{{- if .redis -}}
{{- if $values.redis.enabled }}{{ $made = append $made (dict "key" "redis-password" "path" "redis-password") }}
{{- else }}{{ $outside = append $outside (dict "key" $values.outside.redisKey "path" "redis-url") }}{{ end -}}
{{- end -}}
{{- if include "carillon.busInside" .root }}{{ $made = append $made (dict "key" (printf "bus-url-%s" .component) "path" "bus-url") }}
{{- else }}{{ $outside = append $outside (dict "key" (get $values.outside.busKeys (include "carillon.key" .component)) "path" "bus-url") }}{{ end -}}
{{- with $made }}
- secret:
    name: {{ include "carillon.madeSecret" $.root }}
    items: {{- toYaml . | nindent 6 }}
{{- end }}
{{- with $outside }}
- secret:
    name: {{ include "carillon.outsideSecret" $.root }}
    items: {{- toYaml . | nindent 6 }}
{{- end }}
{{- end }}

{{/* Who people are: the secrets of chat-service and broadcast-sse. */}}
{{- define "carillon.identitySecrets" -}}
- secret:
    name: {{ include "carillon.identitySecret" .root }}
    items:
      - { key: session-secret, path: session-secret }
      - { key: admin-token, path: admin-token }
      {{- if .root.Values.identity.jwtSecret }}
      - { key: jwt-secret, path: jwt-secret }
      {{- end }}
      {{- if and .root.Values.identity.oidcClientSecret (eq .component "chat-service") }}
      - { key: oidc-client-secret, path: oidc-client-secret }
      {{- end }}
{{- end }}

{{/* Fails where nobody could come in, or where it was not said who may: services would say it too, one restart after another. */}}
{{- define "carillon.saysWhoComesIn" -}}
{{- $env := mergeOverwrite (deepCopy .root.Values.env) (deepCopy .values.env) -}}
{{- $auth := required "env.AUTH: say who may come in: `jwt`, `oidc`, or `open` for everybody (docs/identity.md)" (get $env "AUTH") -}}
{{- if and (eq $auth "jwt") (not .root.Values.identity.jwtSecret) (not (get $env "JWKS_URL")) -}}
{{- fail "env.AUTH is jwt: name what tokens are verified by, env.JWKS_URL (with JWT_ISSUER and JWT_AUDIENCE), or a jwt-secret in identity.existingSecret with identity.jwtSecret (docs/identity.md)" -}}
{{- end -}}
{{- if and (eq $auth "oidc") (eq .component "chat-service") -}}
{{- range list "OIDC_ISSUER" "OIDC_CLIENT_ID" "PUBLIC_URL" -}}
{{- if not (get $env .) }}{{ fail (printf "env.AUTH is oidc: name chatService.env.%s (docs/identity.md)" .) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The secrets of identity as variables. */}}
{{- define "carillon.identity" -}}
{{- include "carillon.saysWhoComesIn" . -}}
SESSION_SECRET_FILE: /secrets/session-secret
ADMIN_TOKEN_FILE: /secrets/admin-token
{{- if .root.Values.identity.jwtSecret }}
JWT_SECRET_FILE: /secrets/jwt-secret
{{- end }}
{{- if and .root.Values.identity.oidcClientSecret (eq .component "chat-service") }}
OIDC_CLIENT_SECRET_FILE: /secrets/oidc-client-secret
{{- end }}
{{- end }}

{{/* Volumes and mounts of the authority that is trusted besides the system's. */}}
{{- define "carillon.authorityVolume" -}}
{{- with .Values.tls.authorityConfigMap }}
- name: authority
  configMap:
    name: {{ . }}
    items: [{ key: {{ $.Values.tls.authorityKey | quote }}, path: authority.pem }]
{{- end }}
{{- end }}
{{- define "carillon.authorityMount" -}}
{{- if .Values.tls.authorityConfigMap }}
- { name: authority, mountPath: /authority, readOnly: true }
{{- end }}
{{- end }}
