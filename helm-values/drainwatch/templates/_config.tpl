{{/*
drainwatch.toml: what the chart knows (files of Secrets, names of the Service), and over it .Values.config.
Takes .root, and .elasticsearch and .kafka: who asks, as in .Values.elasticsearch and .Values.kafka; for set-up also
.kibana, as in .Values.setup.kibana.
*/}}
{{- define "drainwatch.toml" -}}
{{- $root := .root -}}
{{- $known := dict "ingest" (dict) "elasticsearch" (dict) "kafka" (dict) "store" (dict) "service" (dict) -}}
{{- if include "drainwatch.usesElasticsearch" $root }}
{{- $_ := set $known "elasticsearch" (include "drainwatch.elasticsearchFiles" . | fromYaml) }}
{{- end }}
{{- if include "drainwatch.usesKafka" $root }}
{{- $_ := set $known "kafka" (include "drainwatch.kafkaFiles" . | fromYaml) }}
{{- end }}
{{- with .kibana }}
{{- if .enabled }}
{{- $_ := set $known "kibana" (dict "url" .url "space" .space) }}
{{- if .caSecret }}{{ $_ := set $known.kibana "ca_file" "/run/secrets/drainwatch/kibana-ca/ca.crt" }}{{ end }}
{{- if and .existingSecret .apiKeyKey }}
{{- $_ := set $known.kibana "api_key_file" "/run/secrets/drainwatch/kibana/api-key" }}
{{- else if .existingSecret }}
{{- $_ := set $known.kibana "password_file" "/run/secrets/drainwatch/kibana/password" }}
{{- if .username }}{{ $_ := set $known.kibana "username" .username }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq (include "drainwatch.storeKind" $root) "sqlite" }}
{{- $_ := set $known.store "path" "/var/lib/drainwatch/drainwatch.sqlite" }}
{{- end }}
{{- $config := mustMergeOverwrite $known (deepCopy $root.Values.config) -}}
{{- $_ := set $config.ingest "source" (include "drainwatch.source" $root) -}}
{{- $_ := set $config.service "port" 8765 -}}
{{- if $root.Values.service.tls.secretName }}
{{- $_ := set $config.service "tls_cert_file" (include "drainwatch.certFile" $root) -}}
{{- $_ := set $config.service "tls_key_file" "/run/secrets/drainwatch/service-tls/tls.key" -}}
{{- if dig "access" "required" false $config }}{{ $_ := set $config.service "behind_proxy" false }}{{ end -}}
{{- end -}}
{{- $_ := set $config.service "host_names" (include "drainwatch.hostNames" $root | fromYamlArray) -}}
{{- include "drainwatch.toml.table" (dict "path" "" "table" $config) | trim }}
{{ end -}}

{{- define "drainwatch.elasticsearchFiles" -}}
{{- $who := .elasticsearch -}}
{{- with .root.Values.elasticsearch.caSecret }}
ca_file: /run/secrets/drainwatch/elasticsearch-ca/ca.crt
{{- end }}
{{- if and $who.existingSecret $who.apiKeyKey }}
api_key_file: /run/secrets/drainwatch/elasticsearch/api-key
{{- else if $who.existingSecret }}
password_file: /run/secrets/drainwatch/elasticsearch/password
{{- with $who.username }}
username: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "drainwatch.kafkaFiles" -}}
{{- $who := .kafka -}}
{{- $tls := or .root.Values.kafka.caSecret .root.Values.kafka.certSecret -}}
{{- if $who.existingSecret }}
security_protocol: sasl_ssl
password_file: /run/secrets/drainwatch/kafka/password
{{- else if $tls }}
security_protocol: ssl
{{- end }}
{{- if .root.Values.kafka.caSecret }}
ca_file: /run/secrets/drainwatch/kafka-ca/ca.crt
{{- end }}
{{- if .root.Values.kafka.certSecret }}
cert_file: /run/secrets/drainwatch/kafka-cert/tls.crt
key_file: /run/secrets/drainwatch/kafka-cert/tls.key
{{- end }}
{{- end -}}

{{/* Names by which the service may be asked: others get 403. */}}
{{- define "drainwatch.hostNames" -}}
{{- $names := list -}}
{{- $services := list (include "drainwatch.fullname" .) -}}
{{- if eq .Values.kind "StatefulSet" }}{{ $services = append $services (include "drainwatch.headlessName" .) }}{{ end -}}
{{- range $service := $services }}
{{- range $suffix := list "" (printf ".%s" $.Release.Namespace) (printf ".%s.svc" $.Release.Namespace) (printf ".%s.svc.cluster.local" $.Release.Namespace) }}
{{- $names = append $names (print $service $suffix) }}
{{- end }}
{{- end }}
{{- if .Values.ingress.enabled }}{{ range .Values.ingress.hosts }}{{ $names = append $names .host }}{{ end }}{{ end -}}
{{- $service := default dict .Values.config.service -}}
{{- range $service.host_names }}{{ $names = append $names . }}{{ end -}}
{{- $names | uniq | toYaml -}}
{{- end -}}
