{{/* What can't go together, each with what to do about it. */}}
{{- define "drainwatch.checks" -}}
{{- $source := include "drainwatch.source" . -}}
{{- $store := include "drainwatch.storeKind" . -}}
{{- $workers := eq .Values.kind "StatefulSet" -}}
{{- if and $workers (ne $source "kafka") }}
{{- fail (printf "kind StatefulSet is for workers of Kafka, and config.ingest.source is %s: of those that read %s only one may run. Set kind to Deployment." $source $source) }}
{{- end }}
{{- if and (not $workers) (eq $source "kafka") }}
{{- fail "config.ingest.source is kafka, and kind is Deployment: set kind to StatefulSet, whose pods are workers that share the topic." }}
{{- end }}
{{- if and $workers (not (include "drainwatch.usesKafka" .)) }}
{{- fail "kind StatefulSet is for workers of Kafka, and config.kafka.brokers names none: set it, for example to logs-kafka-bootstrap:9093." }}
{{- end }}
{{- $scaled := or .Values.autoscaling.enabled .Values.keda.enabled -}}
{{- if and .Values.autoscaling.enabled .Values.keda.enabled }}
{{- fail "autoscaling and keda are both enabled, and would set the number of workers against each other: keep one of them." }}
{{- end }}
{{- if and $scaled (not $workers) }}
{{- fail "autoscaling and keda are for workers of Kafka, and kind is Deployment, of which exactly one pod may run: set kind to StatefulSet, or switch them off." }}
{{- end }}
{{- if and $workers (eq $store "sqlite") (or $scaled (gt (int .Values.replicas) 1)) }}
{{- fail "config.store.kind is sqlite, a file that one pod writes, and there are to be several workers: set config.store.kind to elasticsearch, or replicas to 1." }}
{{- end }}
{{- range $name, $scaling := dict "autoscaling" .Values.autoscaling "keda" .Values.keda }}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) }}
{{- fail (printf "%s.minReplicas is more than %s.maxReplicas: mend one of them." $name $name) }}
{{- end }}
{{- end }}
{{- if and .Values.setup.watcher.enabled (not (include "drainwatch.usesElasticsearch" .)) }}
{{- fail "setup.watcher is enabled, and Elasticsearch is neither read nor written: switch it off." }}
{{- end }}
{{- if and .Values.setup.kibana.enabled (ne $store "elasticsearch") }}
{{- fail "setup.kibana is enabled, and Kibana shows only what is kept in Elasticsearch: set config.store.kind to elasticsearch, or switch it off." }}
{{- end }}
{{- if and .Values.setup.kafka.enabled (not (include "drainwatch.usesKafka" .)) }}
{{- fail "setup.kafka is enabled, and config.kafka.brokers names none: set that, or switch setup.kafka off." }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
{{- fail "ingress is enabled, and ingress.hosts names none: drainwatch answers only to names that it knows, so name one." }}
{{- end }}
{{- $alerts := default dict .Values.config.alerts -}}
{{- range $name, $channel := default dict $alerts.channels }}
{{- if and $channel.url (ne $channel.type "pagerduty") }}
{{- fail (printf "config.alerts.channels.%s.url would be in a ConfigMap for all to read: put it into a Secret, name that in secretMounts, and set url_file to /run/secrets/drainwatch/<name>/<key>." $name) }}
{{- end }}
{{- end }}
{{- $elasticsearch := default dict .Values.config.elasticsearch -}}
{{- $prometheus := default dict .Values.config.prometheus -}}
{{- $addresses := dict "elasticsearch.hosts" $elasticsearch.hosts "prometheus.url" $prometheus.url "alerts.page" $alerts.page "alerts.kibana" $alerts.kibana -}}
{{- range $name, $channel := default dict $alerts.channels }}
{{- $_ := set $addresses (printf "alerts.channels.%s.urls" $name) $channel.urls }}
{{- end }}
{{- range $name, $address := $addresses }}
{{- if regexMatch "://[^/\"]*@" (toRawJson $address) }}
{{- fail (printf "config.%s has a user name or password before its @, which would be in a ConfigMap for all to read: take it out, and name a Secret that holds it." $name) }}
{{- end }}
{{- end }}
{{- range .Values.extraEnv }}
{{- if and .value (regexMatch "^DRAINWATCH_.*__(PASSWORD|API_KEY|BEARER_TOKEN|KEY_PASSWORD|ROUTING_KEY|SECRET|HEARTBEAT)$" (upper .name)) }}
{{- fail (printf "extraEnv has %s as a plain value, for all to read: take it from a Secret by valueFrom.secretKeyRef." .name) }}
{{- end }}
{{- end }}
{{- if and .Values.networkPolicy.stack.enabled .Values.networkPolicy.stack.defaultDeny (not .Values.networkPolicy.enabled) }}
{{- fail "networkPolicy.stack shuts in all pods of the namespace, those of drainwatch too, and networkPolicy.enabled, which lets them out again, is false: set it to true." }}
{{- end }}
{{- end -}}
