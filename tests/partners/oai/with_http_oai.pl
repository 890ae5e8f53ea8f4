# Harvests everything with HTTP::OAI: prints the identifier of each record, and whether it is deleted.
use strict;
use warnings;
use HTTP::OAI;

my ($address, $prefix) = @ARGV;
my $harvester = HTTP::OAI::Harvester->new(baseURL => $address, resume => 1);
my $list = $harvester->ListRecords(metadataPrefix => $prefix);
die $list->message if $list->is_error;
while (my $record = $list->next) {
    die $record->message if $record->isa('HTTP::Response') && $record->is_error;
    print $record->identifier, ' ', ($record->is_deleted ? 'deleted' : 'live'), "\n";
}
die $list->message if $list->is_error;
