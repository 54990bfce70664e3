{{/* The parts of a pod that runs drainwatch, also of Jobs and tests. Each takes .root, .elasticsearch and .kafka as drainwatch.toml does. */}}
{{- define "drainwatch.pod.common" -}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
# Kubernetes would put DRAINWATCH_PORT, DRAINWATCH_SERVICE_HOST and the like into the environment, for the Service of that
# name, and drainwatch refuses variables of its prefix that are no settings.
enableServiceLinks: false
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "drainwatch.container.common" -}}
image: {{ include "drainwatch.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
# Where drainwatch.toml is, so that whoever comes by kubectl exec needn't name it.
workingDir: /etc/drainwatch
securityContext:
  {{- toYaml .root.Values.securityContext | nindent 2 }}
{{- end -}}

{{- define "drainwatch.env" -}}
- name: TMPDIR
  value: /tmp
# For whoever runs a command in the pod.
- name: DRAINWATCH_CONFIG
  value: /etc/drainwatch/drainwatch.toml
{{- $who := .elasticsearch }}
{{- if and (include "drainwatch.usesElasticsearch" .root) $who.existingSecret (not $who.apiKeyKey) (not $who.username) }}
- name: DRAINWATCH_ELASTICSEARCH__USERNAME
  valueFrom:
    secretKeyRef: {name: {{ $who.existingSecret }}, key: {{ $who.usernameKey }}}
{{- end }}
{{- with .kibana }}
{{- if and .enabled .existingSecret (not .apiKeyKey) (not .username) }}
- name: DRAINWATCH_KIBANA__USERNAME
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: {{ .usernameKey }}}
{{- end }}
{{- end }}
{{- if and (include "drainwatch.usesKafka" .root) .kafka.existingSecret }}
- {name: DRAINWATCH_KAFKA__USERNAME, value: {{ .kafka.username | quote }}}
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "drainwatch.mounts" -}}
- {name: config, mountPath: /etc/drainwatch, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- if include "drainwatch.usesElasticsearch" .root }}
{{- if .elasticsearch.existingSecret }}
- {name: elasticsearch, mountPath: /run/secrets/drainwatch/elasticsearch, readOnly: true}
{{- end }}
{{- if .root.Values.elasticsearch.caSecret }}
- {name: elasticsearch-ca, mountPath: /run/secrets/drainwatch/elasticsearch-ca, readOnly: true}
{{- end }}
{{- end }}
{{- if include "drainwatch.usesKafka" .root }}
{{- if .kafka.existingSecret }}
- {name: kafka, mountPath: /run/secrets/drainwatch/kafka, readOnly: true}
{{- end }}
{{- if .root.Values.kafka.caSecret }}
- {name: kafka-ca, mountPath: /run/secrets/drainwatch/kafka-ca, readOnly: true}
{{- end }}
{{- if .root.Values.kafka.certSecret }}
- {name: kafka-cert, mountPath: /run/secrets/drainwatch/kafka-cert, readOnly: true}
{{- end }}
{{- end }}
{{- range .root.Values.secretMounts }}
- {name: {{ printf "secret-%s" .name }}, mountPath: {{ printf "/run/secrets/drainwatch/%s" .name }}, readOnly: true}
{{- end }}
{{- with .root.Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Also takes .config, the name of the ConfigMap. */}}
{{- define "drainwatch.volumes" -}}
- name: config
  configMap: {name: {{ .config }}}
- name: tmp
  emptyDir: {sizeLimit: {{ .root.Values.tmpSizeLimit }}}
{{- if include "drainwatch.usesElasticsearch" .root }}
{{- $who := .elasticsearch }}
{{- if $who.existingSecret }}
- name: elasticsearch
  secret:
    secretName: {{ $who.existingSecret }}
    defaultMode: 0440
    items:
      {{- if $who.apiKeyKey }}
      - {key: {{ $who.apiKeyKey }}, path: api-key}
      {{- else }}
      - {key: {{ $who.passwordKey }}, path: password}
      {{- end }}
{{- end }}
{{- with .root.Values.elasticsearch.caSecret }}
- name: elasticsearch-ca
  secret:
    secretName: {{ . }}
    items: [{key: {{ $.root.Values.elasticsearch.caKey }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- if include "drainwatch.usesKafka" .root }}
{{- $who := .kafka }}
{{- if $who.existingSecret }}
- name: kafka
  secret:
    secretName: {{ $who.existingSecret }}
    defaultMode: 0440
    items: [{key: {{ $who.passwordKey }}, path: password}]
{{- end }}
{{- with .root.Values.kafka.caSecret }}
- name: kafka-ca
  secret:
    secretName: {{ . }}
    items: [{key: {{ $.root.Values.kafka.caKey }}, path: ca.crt}]
{{- end }}
{{- with .root.Values.kafka.certSecret }}
- name: kafka-cert
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end }}
{{- range .root.Values.secretMounts }}
- name: {{ printf "secret-%s" .name }}
  secret: {secretName: {{ .secretName }}, defaultMode: 0440}
{{- end }}
{{- with .root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What the service shows, for its pods and the tests: Jobs of the set-up have no use for its key. */}}
{{- define "drainwatch.tlsMount" -}}
{{- if .Values.service.tls.secretName -}}
- {name: service-tls, mountPath: /run/secrets/drainwatch/service-tls, readOnly: true}
{{- end }}
{{- end -}}

{{- define "drainwatch.tlsVolume" -}}
{{- with .Values.service.tls.secretName -}}
- name: service-tls
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end -}}

{{/* The service's own pod, for a Deployment and a StatefulSet. */}}
{{- define "drainwatch.podTemplate" -}}
{{- $who := dict "root" . "elasticsearch" .Values.elasticsearch "kafka" .Values.kafka "config" (include "drainwatch.fullname" .) -}}
metadata:
  labels:
    {{- include "drainwatch.labels" . | nindent 4 }}
    app.kubernetes.io/component: detector
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Settings are read at the start: other ones make other pods.
    checksum/config: {{ include "drainwatch.toml" $who | sha256sum }}
    kubectl.kubernetes.io/default-container: drainwatch
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "drainwatch.serviceAccountName" . }}
  automountServiceAccountToken: {{ not (empty .Values.rbac.rules) }}
  {{- include "drainwatch.pod.common" $who | trim | nindent 2 }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    - {{ toYaml . | nindent 6 | trim }}
      {{- if not .labelSelector }}
      labelSelector:
        matchLabels:
          {{- include "drainwatch.selector" $ | nindent 10 }}
      {{- end }}
    {{- end }}
  {{- end }}
  containers:
    - name: drainwatch
      {{- include "drainwatch.container.common" $who | nindent 6 }}
      args: [run, --config, /etc/drainwatch/drainwatch.toml]
      ports:
        - {name: http, containerPort: 8765, protocol: TCP}
      env:
        {{- include "drainwatch.env" $who | nindent 8 }}
      {{- with .Values.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- range $kind, $probe := .Values.probes }}
      {{ $kind }}Probe:
        httpGet: {path: {{ $probe.path }}, port: http{{ if include "drainwatch.certFile" $ }}, scheme: HTTPS{{ end }}}
        periodSeconds: {{ $probe.periodSeconds }}
        timeoutSeconds: {{ $probe.timeoutSeconds }}
        failureThreshold: {{ $probe.failureThreshold }}
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        {{- include "drainwatch.mounts" $who | nindent 8 }}
        {{- include "drainwatch.tlsMount" . | nindent 8 }}
        {{- if eq (include "drainwatch.storeKind" .) "sqlite" }}
        - {name: data, mountPath: /var/lib/drainwatch}
        {{- end }}
  volumes:
    {{- include "drainwatch.volumes" $who | nindent 4 }}
    {{- include "drainwatch.tlsVolume" . | nindent 4 }}
    {{- if eq (include "drainwatch.storeKind" .) "sqlite" }}
    {{- if not .Values.persistence.enabled }}
    - name: data
      emptyDir: {sizeLimit: {{ .Values.persistence.size }}}
    {{- else if .Values.persistence.existingClaim }}
    - name: data
      persistentVolumeClaim: {claimName: {{ .Values.persistence.existingClaim }}}
    {{- else if eq .Values.kind "Deployment" }}
    - name: data
      persistentVolumeClaim: {claimName: {{ include "drainwatch.fullname" . }}-data}
    {{- end }}
    {{- end }}
{{- end -}}

{{- define "drainwatch.claimSpec" -}}
accessModes:
  {{- toYaml .Values.persistence.accessModes | nindent 2 }}
{{- with .Values.persistence.storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests: {storage: {{ .Values.persistence.size }}}
{{- end -}}
