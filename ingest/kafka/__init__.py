"""Reading what Filebeat and Logstash wrote into Kafka."""
