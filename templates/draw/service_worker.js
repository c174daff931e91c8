{% load static %}self.build = {{ build|safe }};
importScripts("{% static 'js/offline/service_worker.js' %}");
