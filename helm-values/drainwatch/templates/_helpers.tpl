{{- define "drainwatch.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for what is put behind it: -networkpolicy names, pods of Jobs, host names of workers. */}}
{{- define "drainwatch.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "drainwatch.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What all pods of a release have in common, those of Jobs and tests too. */}}
{{- define "drainwatch.release" -}}
app.kubernetes.io/name: {{ include "drainwatch.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The pods that detect and serve the page: what Services, budgets and the like select. */}}
{{- define "drainwatch.selector" -}}
{{ include "drainwatch.release" . }}
app.kubernetes.io/component: detector
{{- end -}}

{{- define "drainwatch.labels" -}}
{{ include "drainwatch.release" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: drainwatch
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "drainwatch.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- if .Values.image.digest -}}
{{- printf "%s:%s@%s" .Values.image.repository $tag .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{- define "drainwatch.serviceAccountName" -}}
{{- ternary (default (include "drainwatch.fullname" .) .Values.serviceAccount.name) (default "default" .Values.serviceAccount.name) .Values.serviceAccount.create -}}
{{- end -}}

{{- define "drainwatch.headlessName" -}}
{{- printf "%s-workers" (include "drainwatch.fullname" .) -}}
{{- end -}}

{{- define "drainwatch.source" -}}
{{- $ingest := default dict .Values.config.ingest -}}
{{- default (ternary "kafka" "elasticsearch" (eq .Values.kind "StatefulSet")) $ingest.source -}}
{{- end -}}

{{- define "drainwatch.storeKind" -}}
{{- $store := default dict .Values.config.store -}}
{{- default "sqlite" $store.kind -}}
{{- end -}}

{{/* The file with the certificate that the pod shows; empty where it speaks plain HTTP. */}}
{{- define "drainwatch.certFile" -}}
{{- if .Values.service.tls.secretName -}}
/run/secrets/drainwatch/service-tls/tls.crt
{{- else -}}
{{- dig "service" "tls_cert_file" "" .Values.config -}}
{{- end -}}
{{- end -}}

{{/* "true" where Elasticsearch is read or written. */}}
{{- define "drainwatch.usesElasticsearch" -}}
{{- if or (eq (include "drainwatch.source" .) "elasticsearch") (eq (include "drainwatch.storeKind" .) "elasticsearch") -}}true{{- end -}}
{{- end -}}

{{/* "true" where Kafka is read, or told. */}}
{{- define "drainwatch.usesKafka" -}}
{{- $kafka := default dict .Values.config.kafka -}}
{{- if $kafka.brokers -}}true{{- end -}}
{{- end -}}

{{- define "drainwatch.usesVolume" -}}
{{- if and (eq (include "drainwatch.storeKind" .) "sqlite") .Values.persistence.enabled -}}true{{- end -}}
{{- end -}}
