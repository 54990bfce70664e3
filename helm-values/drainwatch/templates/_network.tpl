{{/* A namespace by its name; the release's own where it has none. */}}
{{- define "drainwatch.namespace" -}}
{matchLabels: {kubernetes.io/metadata.name: {{ .name | default .root.Release.Namespace }}}}
{{- end -}}

{{- define "drainwatch.egress.dns" -}}
- to:
    - namespaceSelector: {{ include "drainwatch.namespace" (dict "root" . "name" .Values.networkPolicy.namespaces.dns) }}
      podSelector: {matchLabels: {{ toJson .Values.networkPolicy.dnsPodLabels }}}
    {{- range .Values.networkPolicy.dnsCidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end -}}

{{/* What drainwatch reads and writes. The labels are those that ECK and Strimzi give to pods. */}}
{{- define "drainwatch.egress.stores" -}}
{{- if include "drainwatch.usesElasticsearch" . }}
- to:
    - namespaceSelector: {{ include "drainwatch.namespace" (dict "root" . "name" .Values.networkPolicy.namespaces.elasticsearch) }}
      podSelector: {{ include "drainwatch.pods.elasticsearch" . }}
  ports: [{port: 9200, protocol: TCP}]
{{- end }}
{{- if include "drainwatch.usesKafka" . }}
- to:
    - namespaceSelector: {{ include "drainwatch.namespace" (dict "root" . "name" .Values.networkPolicy.namespaces.kafka) }}
      podSelector: {{ include "drainwatch.pods.kafka" . }}
  ports: [{port: 9092, protocol: TCP}, {port: 9093, protocol: TCP}]
{{- end }}
{{- end -}}

{{- define "drainwatch.pods.elasticsearch" -}}
{matchLabels: {common.k8s.elastic.co/type: elasticsearch, elasticsearch.k8s.elastic.co/cluster-name: {{ .Values.networkPolicy.stack.elasticsearch.name }}}}
{{- end -}}

{{- define "drainwatch.pods.kibana" -}}
{matchLabels: {common.k8s.elastic.co/type: kibana, kibana.k8s.elastic.co/name: {{ .Values.networkPolicy.stack.kibana.name }}}}
{{- end -}}

{{- define "drainwatch.pods.logstash" -}}
{matchLabels: {common.k8s.elastic.co/type: logstash, logstash.k8s.elastic.co/name: {{ .Values.networkPolicy.stack.logstash.name }}}}
{{- end -}}

{{- define "drainwatch.pods.filebeat" -}}
{matchLabels: {common.k8s.elastic.co/type: beat, beat.k8s.elastic.co/name: {{ .Values.networkPolicy.stack.filebeat.name }}}}
{{- end -}}

{{- define "drainwatch.pods.kafka" -}}
{matchLabels: {strimzi.io/cluster: {{ .Values.networkPolicy.stack.kafka.name }}, strimzi.io/name: {{ .Values.networkPolicy.stack.kafka.name }}-kafka}}
{{- end -}}

{{- define "drainwatch.pods.entityOperator" -}}
{matchLabels: {strimzi.io/cluster: {{ .Values.networkPolicy.stack.kafka.name }}, strimzi.io/name: {{ .Values.networkPolicy.stack.kafka.name }}-entity-operator}}
{{- end -}}

{{- define "drainwatch.pods.kafkaExporter" -}}
{matchLabels: {strimzi.io/cluster: {{ .Values.networkPolicy.stack.kafka.name }}, strimzi.io/name: {{ .Values.networkPolicy.stack.kafka.name }}-kafka-exporter}}
{{- end -}}

{{- define "drainwatch.pods.own" -}}
{matchLabels: {app.kubernetes.io/name: {{ include "drainwatch.name" . }}, app.kubernetes.io/instance: {{ .Release.Name }}}}
{{- end -}}

{{/* Without addresses there is no rule: one without peers would be for all of them. */}}
{{- define "drainwatch.egress.apiServer" -}}
{{- with .Values.networkPolicy.stack.apiServer }}
{{- if .cidrs }}
- to:
    {{- range .cidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
  ports:
    {{- range .ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The head of a policy of the stack: .root and .name. */}}
{{- define "drainwatch.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "drainwatch.fullname" .root }}-stack-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "drainwatch.labels" .root | nindent 4 }}
    app.kubernetes.io/component: stack
{{- end -}}

{{/* All that the service asks. */}}
{{- define "drainwatch.egress.own" -}}
{{ include "drainwatch.egress.dns" . }}
{{- include "drainwatch.egress.stores" . }}
- to:
    - namespaceSelector: {{ include "drainwatch.namespace" (dict "root" . "name" .Values.networkPolicy.namespaces.monitoring) }}
  ports: [{port: {{ .Values.networkPolicy.prometheusPort }}, protocol: TCP}, {port: {{ .Values.networkPolicy.alertmanagerPort }}, protocol: TCP}]
{{- with .Values.networkPolicy.channels }}
{{- if .cidrs }}
# Channels of alerts. Addresses of metadata services, from which credentials of the node can be had, are left out.
- to:
    {{- $except := .except }}
    {{- range .cidrs }}
    - ipBlock:
        cidr: {{ . }}
        {{- if and $except (eq . "0.0.0.0/0") }}
        except: {{ toJson $except }}
        {{- end }}
    {{- end }}
  ports:
    {{- range .ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
{{- end }}
{{- end }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
