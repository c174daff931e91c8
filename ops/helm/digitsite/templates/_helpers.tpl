{{/* Labels by which Services and policies find the pods of a process. */}}
{{- define "digitsite.selector" -}}
app.kubernetes.io/name: digitsite
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "digitsite.labels" -}}
{{ include "digitsite.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "digitsite.env" -}}
{{- $root := .root }}
{{- range $key, $value := $root.Values.settings }}
- name: {{ $key }}
  value: {{ $value | quote }}
{{- end }}
{{- if eq .process.tier "web" }}
{{- range $key, $value := $root.Values.webSettings }}
- name: {{ $key }}
  value: {{ $value | quote }}
{{- end }}
{{- range $key := $root.Values.optionalWebSecrets }}
- name: {{ $key }}
  valueFrom: {secretKeyRef: {name: {{ $root.Values.secretName }}, key: {{ $key }}, optional: true}}
{{- end }}
{{- end }}
{{- range $key, $value := .process.env }}
- name: {{ $key }}
  value: {{ $value | quote }}
{{- end }}
{{- range $key := $root.Values.secrets }}
- name: {{ $key }}
  valueFrom: {secretKeyRef: {name: {{ $root.Values.secretName }}, key: {{ $key }}}}
{{- end }}
{{- range $key := $root.Values.optionalSecrets }}
- name: {{ $key }}
  valueFrom: {secretKeyRef: {name: {{ $root.Values.secretName }}, key: {{ $key }}, optional: true}}
{{- end }}
{{- end }}

{{/* The site refuses names of settings that it does not know, and Kubernetes would add
     DIGITSITE_WEB_PORT and others for each Service: enableServiceLinks is false. */}}
{{- define "digitsite.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- if .root.Values.image.pullSecrets }}
imagePullSecrets:
{{ toYaml .root.Values.image.pullSecrets | nindent 2 }}
{{- end }}
containers:
  - name: {{ .name }}
    image: {{ printf "%sdigitsite-%s:%s" .root.Values.image.registry .process.image .root.Values.image.tag | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    {{- if .process.args }}
    args: {{ toYaml .process.args | nindent 6 }}
    {{- end }}
    env: {{ include "digitsite.env" . | nindent 6 }}
    resources: {{ toYaml .process.resources | nindent 6 }}
    securityContext:
      readOnlyRootFilesystem: true
      allowPrivilegeEscalation: false
      capabilities: {drop: [ALL]}
    volumeMounts:
      - {name: home, mountPath: /home/digitsite/home}
      - {name: tmp, mountPath: /tmp}
    {{- if eq (default "" .process.probes) "http" }}
    ports:
      - {name: http, containerPort: 8000}
    # /readyz fails in all pods together when Redis or the database does not respond. A ready pod
    # still stores drawings without Redis, and without the database it responds 503 with Retry-After.
    startupProbe:
      httpGet: {path: /readyz, port: http}
      periodSeconds: 2
      timeoutSeconds: 5
      failureThreshold: 300
    readinessProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 5
      timeoutSeconds: 5
    livenessProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    # New connections stop before the process does.
    lifecycle:
      preStop: {exec: {command: [sleep, "5"]}}
    {{- end }}
    {{- if eq (default "" .process.probes) "worker" }}
    # The heartbeat is in Redis. While Redis or the database does not respond, a restart would not
    # help: ten minutes pass before it.
    startupProbe:
      exec: {command: [python, -m, digitsite.process_healthcheck, worker]}
      periodSeconds: 10
      timeoutSeconds: 10
      failureThreshold: 60
    livenessProbe:
      exec: {command: [python, -m, digitsite.process_healthcheck, worker]}
      periodSeconds: 60
      timeoutSeconds: 20
      failureThreshold: 10
    {{- end }}
volumes:
  - name: tmp
    emptyDir: {}
  - name: home
    {{- if or .temporary .root.Values.settings.STORAGE_URL }}
    emptyDir: {}
    {{- else }}
    persistentVolumeClaim:
      claimName: {{ default (printf "%s-files" .root.Release.Name) .root.Values.files.existingClaim }}
    {{- end }}
{{- end }}
