
# ---- What is on the server, and what a release wants there --------------------------------------------------------------------

function New-Place {
    param([string] $Version, [string] $Slot)
    return [pscustomobject]@{ version = $Version; slot = $Slot }
}

function Get-OtherSlot {
    param([string] $Slot)
    if ($Slot -eq 'blue') { return 'green' }
    return 'blue'
}

function Get-ServiceName {
    param([object] $Release, [string] $Slot)
    return @(Get-Instance $Release $Slot | ForEach-Object { $_.Instance.service_name })
}

# What a release makes in a slot: services, firewall rules, event sources, folders.
function Get-Claim {
    param([object] $Release, [string] $Slot)
    $Units = @(Get-Instance $Release $Slot)
    $Names = @($Units | ForEach-Object { $_.Instance.service_name })
    $Folders = @(foreach ($Unit in $Units) { foreach ($Place in $Unit.Instance.config, $Unit.Instance.data, $Unit.Instance.log) { Expand-DeployPath $Place.path } })
    return [pscustomobject]@{
        services = @($Names)
        firewall = @($Release.firewall | Where-Object { $Names -contains $_.service } | ForEach-Object { $_.name })
        events   = @($Release.services | ForEach-Object { $_.event_source } | Sort-Object -Unique)
        folders  = @($Folders | Sort-Object -Unique)
    }
}

$ClaimKinds = 'services', 'firewall', 'events', 'folders'

# Everything on the server: what the record says, and what an action that was cut off may have made.
function Get-Made {
    $Claims = @()
    $Record = Read-Record
    $Journal = Read-Journal
    if ($Record) { $Claims += $Record }
    if ($Journal -and $Journal.operation -ne 'uninstall') {
        foreach ($Place in @($Journal.from, $Journal.to | Where-Object { $_ })) { $Claims += Get-Claim (Get-Release $Place.version) $Place.slot }
    }
    $Made = [pscustomobject]@{ services = @(); firewall = @(); events = @(); folders = @() }
    foreach ($Kind in $ClaimKinds) { $Made.$Kind = @($Claims | ForEach-Object { $_.$Kind } | Sort-Object -Unique) }
    return $Made
}

# The version that stays for a way back when the action has ended.
function Get-NextPrevious {
    param([string] $Operation, [object] $Release)
    $Record = Read-Record
    if (-not $Record) { return $null }
    if ($Record.current.version -eq $Release.product.version) { return $Record.previous }
    if ($Operation -eq 'rollback') { return $null }
    return $Record.current
}

# The services that are on the server and are not to serve: each is retired, and removed when no version is left that has it.
function Get-Leftover {
    param([string] $Operation, [object] $Release, [string] $Slot)
    $Record = Read-Record
    $Previous = Get-NextPrevious $Operation $Release
    $Serving = @(Get-Instance $Release $Slot)
    $Wanted = @($Serving | ForEach-Object { $_.Instance.service_name })
    $Stay = @(Get-ServiceName $Release)
    if ($Previous) { $Stay += @(Get-ServiceName (Get-Release $Previous.version)) }
    $Recorded = @(if ($Record) { $Record.services })
    $Own = @(Get-ServiceName $Release)
    foreach ($Name in @((Get-Made).services | Where-Object { $Wanted -notcontains $_ })) {
        [pscustomobject]@{
            Name   = $Name
            Remove = -not ($Stay -contains $Name -and $Recorded -contains $Name)
            # Of this release: the other slot. Of another one: a service that was dropped or renamed.
            Gone   = $Own -notcontains $Name
            When   = Get-RetirementTime $Name $Serving ($Own -notcontains $Name)
        }
    }
}

# When a service is retired: `first`, where it would be in the way of one that starts beside it; `place`, where others are replaced
# in place; `last`, when the traffic has left it.
function Get-RetirementTime {
    param([string] $Name, [object[]] $Serving, [bool] $Gone)
    $Key = Get-ServiceKey $Name
    if (@('Stopped', 'Absent') -contains (Get-ServiceStatus $Name)) { return 'first' }
    $Beside = @($Serving | Where-Object { $_.Instance.slot })
    $Ports = @($Beside | ForEach-Object { $_.Instance.ports } | ForEach-Object { "$($_.port)" })
    $Titles = @($Beside | ForEach-Object { $_.Instance.title })
    $Own = @()
    if (Test-Path -LiteralPath "$Key\Parameters\Ports") { $Own = @((Get-ItemProperty -LiteralPath "$Key\Parameters\Ports").PSObject.Properties | Where-Object { $_.Name -notlike 'PS*' } | ForEach-Object { "$($_.Value)" }) }
    if (@($Own | Where-Object { $Ports -contains $_ }).Count -gt 0 -or ($Gone -and $Titles -contains (Get-KeyValue $Key 'DisplayName'))) { return 'first' }
    if ($Gone -and @(Get-Slotted $Name).Count -eq 0) { return 'place' }
    return 'last'
}

# The instances of that name that have a slot, in any version that is known here.
function Get-Slotted {
    param([string] $Name)
    foreach ($Release in @($Run.Releases.Values)) { Get-Instance $Release | Where-Object { $_.Instance.service_name -eq $Name -and $_.Instance.slot } }
}

# The instance of the version that is installed whose place another one takes: the same, its counterpart in the other slot, or
# the one of a former name.
function Get-Origin {
    param([object] $Unit, [object] $Record)
    $Former = Get-Release $Record.current.version
    $Before = @(Get-Instance $Former $Record.current.slot)
    $Names = @($Unit.Instance.service_name) + @(Get-FormerName $Unit)
    foreach ($Name in $Names) { foreach ($Old in $Before) { if ($Old.Instance.service_name -eq $Name) { return $Old } } }
    # On the way back it is the other one that was renamed.
    foreach ($Old in $Before) { if (@(Get-FormerName $Old) -contains $Unit.Instance.service_name) { return $Old } }
    # By its place among the instances of its service: in the other slot, or renamed on the way there.
    $Own = @(Get-Instance $Unit.Release $Unit.Instance.slot | Where-Object { $_.Service.name -eq $Unit.Service.name } | ForEach-Object { $_.Instance.service_name })
    $Index = [array]::IndexOf($Own, $Unit.Instance.service_name)
    $Services = @($Unit.Service.name)
    if ($Unit.Service.PSObject.Properties['renamed_from']) { $Services += @($Unit.Service.renamed_from) }
    $Services += @($Former.services | Where-Object { $_.PSObject.Properties['renamed_from'] -and $_.renamed_from -contains $Unit.Service.name } | ForEach-Object { $_.name })
    foreach ($Service in $Services) {
        $Peers = @($Before | Where-Object { $_.Service.name -eq $Service })
        if ($Index -ge 0 -and $Index -lt $Peers.Count) { return $Peers[$Index] }
    }
    return $null
}

# What the action must keep, for the instances that it sets up and for those in whose place they come. An action that was cut off has
# noted it before it changed anything.
function Get-Kept {
    param([object] $Release, [string] $Slot)
    $Record = Read-Record
    if (-not $Record) { return }
    $Journal = Read-Journal
    $Noted = @(if ($Journal) { $Journal.kept })
    $Seen = @()
    foreach ($Unit in @(Get-Instance $Release $Slot)) {
        $Origin = Get-Origin $Unit $Record
        if (-not $Origin) { continue }
        foreach ($Name in @($Unit.Instance.service_name, $Origin.Instance.service_name) | Select-Object -Unique) {
            if ($Seen -contains $Name) { continue }
            $Seen += $Name
            $Entry = Find-Kept $Noted $Name
            if (-not $Entry) { $Entry = Find-Kept $Noted $Origin.Instance.service_name }
            if ($Entry) { [pscustomobject]@{ name = $Name; start = $Entry.start; running = $Entry.running } }
            else { New-Kept $Name $Origin.Instance.service_name $Origin.Service.start }
        }
    }
}

# Settings that the new release replaces although somebody changed them.
function Write-ChangedByHand {
    param([object] $Release, [string] $Slot)
    $Record = Read-Record
    if (-not $Record -or $Release.mode -eq 'msi') { return }
    foreach ($Unit in @(Get-Instance $Release $Slot)) {
        $Origin = Get-Origin $Unit $Record
        if ($Origin) { Write-ChangedSetting $Unit $Origin }
    }
}

# Current and previous version, what was made, and what is still to be removed. A version that replaces itself keeps the previous one.
function Save-Record {
    param([object] $Release, [string] $Slot, [object] $Journal)
    $Now = Read-Record
    $Made = Get-Made
    $Wanted = Get-Claim $Release $Slot
    $Record = [pscustomobject]@{
        current = New-Place $Release.product.version $Slot; previous = Get-NextPrevious $Journal.operation $Release
        services = @(); firewall = @(); events = @(); folders = @(); pending = @()
    }
    foreach ($Kind in $ClaimKinds) { $Record.$Kind = @(@($Wanted.$Kind) + @($Made.$Kind) | Sort-Object -Unique) }
    $Needed = @($Wanted.services) + @($Wanted.firewall) + @($Wanted.events)
    if ($Now) { $Record.pending = @($Now.pending | Where-Object { $_ -and $_.name -and $Needed -notcontains $_.name }) }
    if ($Now -and (ConvertTo-Json -InputObject $Now -Depth 5 -Compress) -ceq (ConvertTo-Json -InputObject $Record -Depth 5 -Compress)) { return }
    Write-JsonFile (Get-RecordPath) $Record
    Add-Change "version $($Release.product.version) recorded"
}

# What was removed is no longer in the record.
function Remove-Recorded {
    param([string] $Kind, [string] $Name)
    $Record = Read-Record
    if (-not $Record -or @($Record.$Kind) -notcontains $Name) { return }
    $Record.$Kind = @($Record.$Kind | Where-Object { $_ -ne $Name })
    Write-JsonFile (Get-RecordPath) $Record
}
